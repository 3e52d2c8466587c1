import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { certificates, pem } from '../../../testkit/certificates.ts';
import { oneRoute } from '../../../testkit/configurations.ts';
import { startGateway } from '../../../testkit/gateway.ts';
import { startUpstream } from '../../../testkit/upstream.ts';

const { ca, a, local } = certificates;
const run = promisify(execFile);

async function curl(...parameters: string[]): Promise<string> {
  return (await run('curl', ['-sS', '--max-time', '20', '--noproxy', '', ...parameters])).stdout;
}

test('curl reaches TLS and plain servers through the gateway as its proxy', async () => {
  await using plain = await startUpstream();
  await using secure = await startUpstream(undefined, { tls: pem(a) });
  const port = secure.host.slice(secure.host.indexOf(':') + 1);
  await using gateway = await startGateway(
    oneRoute(
      '',
      `{ dynamic: { target: '"127.0.0.1:" + request.uri.split(":")[2].split("/")[0]' } }`,
      'frontendPolicies: { connect: { mode: route } }',
    ),
  );
  const proxy = `http://127.0.0.1:${gateway.port}`;
  assert.equal(await curl('-p', '-x', proxy, `http://${plain.host}/`), 'ok');
  assert.equal(await curl('-x', proxy, '--cacert', ca, `https://a.test:${port}/`), 'ok');
  assert.equal(secure.requests[0]?.serverName, 'a.test');
});

test('curl reaches a listener inside of a tunnel, over HTTPS to the proxy, too', async () => {
  const secured = `protocol: HTTPS, tls: { cert: ${local.cert}, key: ${local.key} }`;
  await using gateway = await startGateway(`
binds:
- { port: $PORT, address: ["127.0.0.1"], tunnelProtocol: connect, listeners: [{ ${secured}, routes: [] }] }
- { port: $PORT1, mode: internal, listeners: [{ ${secured}, routes: [{ policies: { directResponse: { status: 200, body: inside } } }] }] }`);
  const trust = ['--proxy-cacert', ca, '--cacert', ca];
  const proxy = `localhost:${gateway.port}`;
  const url = `https://localhost:${gateway.ports[1]}/`;
  const text = await curl(...trust, '-x', `https://${proxy}`, '--resolve', `${proxy}:127.0.0.1`, url);
  assert.equal(text, 'inside');
});
