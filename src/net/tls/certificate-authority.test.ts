import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { CertificateAuthority } from './certificate-authority.ts';

/** An authority made by openssl, in a folder that goes with the test. */
function authority(
  t: TestContext,
  key: readonly string[],
  more: readonly string[] = [],
): { folder: string; cert: string; key: string; file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'waygate-ca-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'ca.pem');
  const keyFile = join(folder, 'ca.key');
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-nodes',
      '-days',
      '3650',
      '-subj',
      '/O=Tests, Inc/CN=minting',
      '-keyout',
      keyFile,
      '-out',
      file,
    ].concat(['-newkey', ...key, ...more]),
    { stdio: 'ignore' },
  );
  return { folder, cert: readFileSync(file, 'utf8'), key: readFileSync(keyFile, 'utf8'), file };
}

const p256 = ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];

describe('a leaf certificate', () => {
  for (const [name, key] of [
    ['P-256', p256],
    ['P-384', ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384']],
    ['RSA', ['rsa:2048']],
    ['Ed25519', ['ed25519']],
  ] as const) {
    it(`is taken by openssl as a server's, from an authority with a key of ${name}`, async (t) => {
      const ca = authority(t, key, ['-addext', 'keyUsage=critical,keyCertSign']);
      const { certificate } = await new CertificateAuthority(ca.cert, ca.key).issue('api.example.test', Date.now());
      const file = join(ca.folder, 'leaf.pem');
      writeFileSync(file, certificate);
      const verify = ['verify', '-x509_strict', '-purpose', 'sslserver', '-verify_hostname', 'api.example.test'];
      assert.match(execFileSync('openssl', [...verify, '-CAfile', ca.file, file]).toString(), /: OK/);
    });
  }

  it('has the name, a serial number and a key of its own, and the chain of its authority', async (t) => {
    const ca = authority(t, p256);
    const minting = new CertificateAuthority(ca.cert, ca.key);
    const [one, other] = await Promise.all([minting.issue('a.test', Date.now()), minting.issue('a.test', Date.now())]);
    const [leaf, sibling] = [new X509Certificate(one.certificate), new X509Certificate(other.certificate)];
    assert.equal(leaf.subjectAltName, 'DNS:a.test');
    assert.equal(leaf.ca, false);
    assert.equal(leaf.issuer, new X509Certificate(ca.cert).subject);
    assert.ok(leaf.checkPrivateKey(one.privateKey));
    assert.notEqual(leaf.serialNumber, sibling.serialNumber);
    assert.equal(leaf.checkPrivateKey(other.privateKey), false);
    assert.ok(one.certificate.endsWith(ca.cert));
  });

  it('is valid for a day and a little before, and never longer than its authority', async (t) => {
    const ca = authority(t, p256);
    const end = new X509Certificate(ca.cert).validToDate.getTime();
    const now = Math.floor(Date.now() / 1000) * 1000;
    const minting = new CertificateAuthority(ca.cert, ca.key);
    const { certificate, notAfter } = await minting.issue('a.test', now);
    const leaf = new X509Certificate(certificate);
    assert.equal(leaf.validFromDate.getTime(), now - 300_000);
    assert.equal(leaf.validToDate.getTime(), now + 86_400_000);
    assert.equal(notAfter, now + 86_400_000);
    const last = await minting.issue('a.test', end - 1000);
    assert.equal(new X509Certificate(last.certificate).validToDate.getTime(), end);
  });

  it('may be valid beyond 2049', async (t) => {
    const ca = authority(t, p256, ['-days', '20000']);
    const now = Date.UTC(2050, 5, 1);
    const { certificate } = await new CertificateAuthority(ca.cert, ca.key).issue('a.test', now);
    assert.equal(new X509Certificate(certificate).validToDate.getTime(), now + 86_400_000);
  });

  it('names the key of an authority that gives it no identifier', async (t) => {
    const ca = authority(t, p256, ['-addext', 'subjectKeyIdentifier=none', '-addext', 'authorityKeyIdentifier=none']);
    const { certificate } = await new CertificateAuthority(ca.cert, ca.key).issue('a.test', Date.now());
    const file = join(ca.folder, 'leaf.pem');
    writeFileSync(file, certificate);
    assert.match(execFileSync('openssl', ['verify', '-CAfile', ca.file, file]).toString(), /: OK/);
  });
});
