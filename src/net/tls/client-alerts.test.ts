import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import tls from 'node:tls';
import { certified, pem } from '../testing/certificates.ts';
import { reply, testListener } from '../testing/test-listener.ts';

/** What a client with this certificate is told by a server that trusts `roots`. */
async function told(
  t: TestContext,
  roots: string,
  pair: { readonly cert: string; readonly key: string },
  maxVersion: tls.SecureVersion = 'TLSv1.3',
): Promise<unknown> {
  const listener = await testListener(t, (inbound) => reply(inbound, 200, 'in'), {
    tls: [{ tls: certified('a', { clientRoots: roots }) }],
  });
  const socket = tls.connect({
    port: listener.port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    maxVersion,
    ...pair,
  });
  t.after(() => socket.destroy());
  const [error] = (await once(socket, 'close').catch((reason: unknown) => [reason])) as [unknown];
  return error instanceof Error && 'code' in error ? error.code : error;
}

/** A certificate of its own authority. @param dates From when to when it is valid, as OpenSSL has it. */
function selfSigned(
  t: TestContext,
  extension: string,
  dates: readonly [string, string] = ['20200101000000Z', '20990101000000Z'],
): { readonly cert: string; readonly key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'waygate-alerts-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string): string => join(folder, name);
  writeFileSync(at('index.txt'), '');
  writeFileSync(
    at('ca.cnf'),
    `[ca]\ndefault_ca = own\n[own]\ndatabase = ${at('index.txt')}\nnew_certs_dir = ${folder}\nrand_serial = yes\n` +
      `default_md = sha256\npolicy = any\nx509_extensions = more\n[any]\ncommonName = supplied\n[more]\n${extension}\n`,
  );
  const run = (...args: string[]): Buffer => execFileSync('openssl', args, { stdio: 'pipe' });
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=own'];
  run('req', '-new', ...curve, '-keyout', at('key.pem'), '-out', at('csr.pem'));
  const valid = ['-startdate', dates[0], '-enddate', dates[1]];
  const signed = ['-keyfile', at('key.pem'), '-in', at('csr.pem'), '-out', at('cert.pem'), '-notext', ...valid];
  run('ca', '-selfsign', '-batch', '-config', at('ca.cnf'), ...signed);
  return { cert: readFileSync(at('cert.pem'), 'utf8'), key: readFileSync(at('key.pem'), 'utf8') };
}

test('a certificate of another authority is refused by name, in both versions of TLS', async (t) => {
  const stranger = { cert: pem('stranger.pem'), key: pem('stranger.key') };
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    assert.equal(await told(t, pem('ca.pem'), stranger, version), 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', version);
  }
});

test('what is wrong with a certificate decides which alert there is', async (t) => {
  const basic = 'basicConstraints = CA:TRUE';
  const expired = selfSigned(t, basic, ['20200101000000Z', '20200102000000Z']);
  assert.equal(await told(t, expired.cert, expired), 'ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED');
  const server = selfSigned(t, 'extendedKeyUsage = serverAuth');
  assert.equal(await told(t, server.cert, server), 'ERR_SSL_SSL/TLS_ALERT_UNSUPPORTED_CERTIFICATE');
});
