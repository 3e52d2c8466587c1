/** curl, nghttp and h2load, which bring HTTP/2 of their own. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { certificates } from '../../testkit/certificates.ts';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { startUpstream, type Upstream } from '../../testkit/upstream.ts';

const { ca, local } = certificates;

async function run(program: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { timeout: 60_000, maxBuffer: 10_000_000 });
  return stdout;
}

/** `$PORT` is plain, `$PORT1` speaks TLS; the upstream says what it got. */
async function start(upstream: Upstream): Promise<TestGateway> {
  upstream.answer((request, response) => response.end(`${request.method} ${request.url} ${request.body.length}`));
  const routes = `routes: [{ backends: [{ host: "${upstream.host}" }] }]`;
  return startGateway(`
binds:
- port: $PORT
  address: ["127.0.0.1"]
  listeners: [{ name: plain, protocol: HTTP, ${routes} }]
- port: $PORT1
  address: ["127.0.0.1"]
  listeners: [{ name: tls, protocol: HTTPS, tls: { cert: ${local.cert}, key: ${local.key} }, ${routes} }]
`);
}

describe('curl', () => {
  const body = 'x'.repeat(100_000);
  for (const { title, version, args, url } of [
    {
      title: 'agrees on HTTP/2 in TLS',
      version: '2',
      args: ['--http2', '--cacert', ca],
      url: 'https://localhost:$TLS',
    },
    {
      title: 'uses HTTP/1.1 in TLS',
      version: '1.1',
      args: ['--http1.1', '--cacert', ca],
      url: 'https://localhost:$TLS',
    },
    {
      title: 'knows of HTTP/2',
      version: '2',
      args: ['--http2-prior-knowledge'],
      url: 'http://127.0.0.1:$PLAIN',
    },
    {
      title: 'asks for an upgrade to HTTP/2, and does without',
      version: '1.1',
      args: ['--http2'],
      url: 'http://127.0.0.1:$PLAIN',
    },
  ]) {
    test(title, async () => {
      await using upstream = await startUpstream();
      await using gateway = await start(upstream);
      const [plain, tls] = gateway.ports;
      const base = url.replace('$TLS', String(tls)).replace('$PLAIN', String(plain));
      const said = ['--silent', '--show-error', '--write-out', ' HTTP/%{http_version} %{http_code}'];
      assert.equal(await run('curl', ...args, ...said, `${base}/a`), `GET /a 0 HTTP/${version} 200`);
      assert.equal(
        await run('curl', ...args, ...said, '--data', body, `${base}/b`),
        `POST /b 100000 HTTP/${version} 200`,
      );
    });
  }
});

test('nghttp gets several resources over one connection', async () => {
  await using upstream = await startUpstream();
  await using gateway = await start(upstream);
  const [plain, tls] = gateway.ports;
  for (const base of [`http://127.0.0.1:${plain}`, `https://127.0.0.1:${tls}`]) {
    const output = await run('nghttp', '--stat', '--null-out', '--no-verify-peer', `${base}/a`, `${base}/b`);
    assert.equal([...output.matchAll(/ 200 .*\/[ab]$/gm)].length, 2, output);
  }
});

test('h2load loses no request', async () => {
  await using upstream = await startUpstream();
  await using gateway = await start(upstream);
  const [plain, tls] = gateway.ports;
  for (const url of [`http://127.0.0.1:${plain}/`, `https://127.0.0.1:${tls}/`]) {
    const output = await run('h2load', '-n1000', '-c4', '-m20', url);
    assert.match(output, /1000 succeeded, 0 failed, 0 errored, 0 timeout/);
    assert.match(output, /status codes: 1000 2xx/);
  }
});
