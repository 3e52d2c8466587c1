import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import tls from 'node:tls';
import type { BackendTlsSpec } from '../../model/policy.ts';
import { Sweeper } from '../sweeper.ts';
import { pem } from '../testing/certificates.ts';
import { Recorder, request } from '../testing/recorder.ts';
import { CertificateAuthority } from '../tls/certificate-authority.ts';
import { Endpoints } from './endpoints.ts';

interface TlsServer {
  readonly port: number;
  readonly seen: { readonly servername: string; readonly reused: boolean; readonly client: string }[];
}

async function tlsServer(t: TestContext, name: string, options: tls.TlsOptions = {}): Promise<TlsServer> {
  const seen: { servername: string; reused: boolean; client: string }[] = [];
  const server = tls.createServer({ cert: pem(`${name}.pem`), key: pem(`${name}.key`), ...options }, (socket) => {
    seen.push({
      servername: typeof socket.servername === 'string' ? socket.servername : '',
      reused: socket.isSessionReused(),
      client: socket.getPeerX509Certificate()?.subject ?? '',
    });
    socket.on('error', () => undefined);
    socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok'));
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return { port: (server.address() as { port: number }).port, seen };
}

async function outcome(t: TestContext, port: number, spec: Partial<BackendTlsSpec>, times = 1): Promise<string> {
  const { error, text } = await exchange(t, port, spec, times);
  return error === null ? text : `${error.reason} ${error.retry}`;
}

/** What the cause of the failure says. */
async function problemOf(t: TestContext, port: number, spec: Partial<BackendTlsSpec>): Promise<string> {
  const { error } = await exchange(t, port, spec, 1);
  return error?.cause instanceof Error ? error.cause.message : 'none';
}

async function exchange(t: TestContext, port: number, spec: Partial<BackendTlsSpec>, times: number): Promise<Recorder> {
  const endpoint = new Endpoints({ sweeper: new Sweeper(10) }).acquire({
    address: { kind: 'tcp', host: '127.0.0.1', port },
    tls: { insecure: false, insecureHost: false, ...spec },
    connectTimeoutMs: 2000,
    poolIdleTimeoutMs: 0,
    dnsFamily: 'all',
  });
  t.after(() => endpoint.release());
  let recorder = new Recorder();
  for (let i = 0; i < times; i += 1) {
    recorder = new Recorder();
    endpoint.dispatch(request(), recorder);
    await recorder.done();
  }
  return recorder;
}

const roots = pem('ca.pem');

describe('TLS to an upstream', () => {
  it('trusts the roots given, and checks the name', async (t) => {
    const { port, seen } = await tlsServer(t, 'a');
    assert.equal(await outcome(t, port, { roots, hostname: 'a.test' }), 'ok');
    assert.equal(seen[0]?.servername, 'a.test');
    assert.equal(await outcome(t, port, { roots, hostname: 'b.test' }), 'tlsFailed safe');
    assert.equal(await outcome(t, port, { roots }), 'tlsFailed safe', 'the certificate is not for 127.0.0.1');
    assert.equal(await outcome(t, port, { hostname: 'a.test' }), 'tlsFailed safe', 'not a system root');
    assert.equal(await outcome(t, port, { roots: pem('other-ca.pem'), hostname: 'a.test' }), 'tlsFailed safe');
    const local = await tlsServer(t, 'local');
    assert.equal(await outcome(t, local.port, { roots }), 'ok', 'it carries the address');
  });

  it('checks less where it is told to', async (t) => {
    const { port } = await tlsServer(t, 'a');
    assert.equal(await outcome(t, port, { insecure: true }), 'ok');
    assert.equal(await outcome(t, port, { insecureHost: true, roots }), 'ok');
    assert.equal(await outcome(t, port, { insecureHost: true }), 'tlsFailed safe', 'the root still counts');
  });

  it('demands one of the alternative names where these are given', async (t) => {
    const { port } = await tlsServer(t, 'local');
    for (const [subjectAltNames, expected] of [
      [['spiffe://test/server'], 'ok'],
      [['other', 'localhost'], 'ok'],
      [['127.0.0.1'], 'ok'],
      [['spiffe://test/serve', 'other'], 'tlsFailed safe'],
    ] as const) {
      assert.equal(await outcome(t, port, { roots, hostname: 'any.test', subjectAltNames }), expected);
    }
  });

  it('shows a client certificate', async (t) => {
    const { port, seen } = await tlsServer(t, 'local', { requestCert: true, ca: roots });
    assert.equal(
      await outcome(t, port, { roots, certificate: pem('client.pem'), privateKey: pem('client.key') }),
      'ok',
    );
    assert.match(seen[0]?.client ?? '', /client one/);
  });

  it('resumes its session', async (t) => {
    const { port, seen } = await tlsServer(t, 'local');
    await outcome(t, port, { roots }, 2);
    assert.deepEqual(
      seen.map(({ reused }) => reused),
      [false, true],
    );
  });

  it('says what is wrong with a certificate', async (t) => {
    const authority = new CertificateAuthority(pem('minting-ca.pem'), pem('minting-ca.key'));
    const day = 86_400_000;
    const trusting = { roots: pem('minting-ca.pem'), hostname: 'a.test' };
    for (const [now, spec, problem] of [
      [Date.now() - 2 * day, trusting, 'the certificate of the upstream has expired'],
      [Date.now() + day, trusting, 'the certificate of the upstream is not valid yet'],
      [Date.now(), { ...trusting, hostname: 'b.test' }, 'the certificate is not for b.test, but for a.test'],
      [Date.now(), { ...trusting, roots }, 'the certificate of the upstream comes from no CA that is trusted here'],
    ] as const) {
      const { certificate, privateKey } = await authority.issue('a.test', now);
      const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
      const { port } = await tlsServer(t, 'a', { cert: certificate, key });
      assert.equal(await problemOf(t, port, spec), problem);
    }
    const self = await tlsServer(t, 'minting-ca');
    assert.match(await problemOf(t, self.port, { roots }), /self-signed/);
  });

  it('says so when its own settings are not usable', async (t) => {
    assert.equal(await outcome(t, 1, { roots: 'nonsense', certificate: 'nonsense' }), 'tlsFailed never');
  });
});
