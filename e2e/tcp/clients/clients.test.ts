/** `openssl s_client` and `curl` as clients. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { certificates, pem } from '../../../testkit/certificates.ts';
import { startGateway } from '../../../testkit/gateway.ts';
import { rawServer } from '../servers.ts';

const { ca, a } = certificates;
const run = promisify(execFile);

/** A gateway behind a proxy, which says from where a request came. */
function web(tls: string): string {
  const seen = `'"'+source.address+' '+string(source.port)+' '+source.rawAddress+' '+destination.address+'"'`;
  return `
frontendPolicies: { proxyProtocol: { version: v1 } }
gateways: { default: { port: $PORT, address: ["127.0.0.1"]${tls} } }
routes: [{ policies: { directResponse: { status: 200, bodyExpression: ${JSON.stringify(seen)} } } }]`;
}

/** What `openssl s_client` prints when it sends `text`. */
function openssl(args: readonly string[], text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile('openssl', ['s_client', '-quiet', ...args], { timeout: 15_000 }, (error, out, err) => {
      if (error === null || out !== '') resolve(out + err);
      else reject(new Error(err));
    });
    child.stdin?.end(text);
  });
}

test('openssl sees the server behind, not the gateway', async () => {
  await using server = await rawServer((socket) => socket.end('behind:'), pem(a));
  await using gateway = await startGateway(
    `binds: [{ port: $PORT, address: ["127.0.0.1"], listeners: [{ protocol: TLS, tcpRoutes: [{ hostnames: [a.test], backends: [{ host: "${server.host}" }] }] }] }]`,
  );
  const connect = ['-connect', `127.0.0.1:${gateway.port}`];
  const checks = ['-CAfile', ca, '-verify_return_error', '-verify_hostname', 'a.test'];
  assert.match(await openssl([...connect, '-servername', 'a.test', ...checks], 'x'), /behind:/);
  await assert.rejects(openssl([...connect, '-servername', 'b.test'], 'x'));
  const lines = await gateway.lines(2);
  assert.equal(lines[1]?.['reason'], 'routeNotFound');
});

test('curl --haproxy-protocol, over HTTP, HTTPS and HTTP/2', async () => {
  await using gateway = await startGateway({ yaml: web('') });
  const curl = async (...args: string[]): Promise<string> =>
    (await run('curl', ['-sS', '--max-time', '10', '--haproxy-protocol', ...args])).stdout;
  const url = `http://127.0.0.1:${gateway.port}/`;
  const own = /^"127\.0\.0\.1 \d+ 127\.0\.0\.1 127\.0\.0\.1"$/;
  assert.match(await curl(url), own);
  assert.match(await curl('--http2-prior-knowledge', url), own);
  await gateway.reload({ yaml: web(`, tls: { cert: ${a.cert}, key: ${a.key} }`) });
  const secure = ['--cacert', ca, '--resolve', `a.test:${gateway.port}:127.0.0.1`, `https://a.test:${gateway.port}/`];
  assert.match(await curl('--http1.1', ...secure), own);
  assert.match(await curl('--http2', ...secure), own);
});
