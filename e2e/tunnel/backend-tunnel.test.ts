import assert from 'node:assert/strict';
import http2 from 'node:http2';
import net from 'node:net';
import { test } from 'node:test';
import { certificates, pem } from '../../testkit/certificates.ts';
import { eventually, send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startConnectProxy, type ConnectProxyOptions } from '../../testkit/connect-proxy.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import { connectOver1 } from './tunnel-client.ts';

const { ca, a, local } = certificates;

function through(host: string, proxy: string, more = '', policies = ''): string {
  const tunnel = `{ proxy: { host: "${proxy}" }${policies === '' ? '' : `, policies: ${policies}`} }`;
  return oneRoute('', `{ host: "${host}", policies: { backendTunnel: ${tunnel}${more} } }`);
}

/** An HTTP/2 upstream that names its protocol. */
async function startHttp2(secure: boolean): Promise<AsyncDisposable & { readonly host: string }> {
  const server = secure ? http2.createSecureServer(pem(a)) : http2.createServer();
  const sockets = new Set<net.Socket>();
  server.on(secure ? 'secureConnection' : 'connection', (socket: net.Socket) => sockets.add(socket));
  server.on('stream', (stream: http2.ServerHttp2Stream) => {
    stream.on('error', () => undefined);
    stream.respond({ ':status': 200 });
    stream.end('over h2');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    host: `127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('requests go through a tunnel that the proxy opens by name, and keep it', async () => {
  await using upstream = await startUpstream();
  await using proxy = await startConnectProxy({ places: { 'up.test:8080': upstream.host } });
  await using gateway = await startGateway(
    through(
      'up.test:8080',
      proxy.host,
      '',
      '{ backendAuth: { key: { value: dTpw, location: { header: { name: authorization, prefix: "Basic " } } } }, requestHeaderModifier: { set: { X-Team: one } } }',
    ),
  );
  assert.equal((await send(gateway.port, { path: '/a', method: 'POST', body: 'x' })).text, 'ok');
  assert.equal((await send(gateway.port, { path: '/b' })).text, 'ok');
  assert.equal(proxy.tunnels.length, 1);
  const [tunnel] = proxy.tunnels;
  assert.equal(tunnel?.target, 'up.test:8080');
  assert.equal(tunnel?.headers.host, 'up.test:8080');
  assert.equal(tunnel?.headers['proxy-authorization'], 'Basic dTpw');
  assert.equal(tunnel?.headers['x-team'], 'one');
  const { headers, url } = await upstream.request(2);
  assert.deepEqual([url, headers.host, headers['proxy-authorization']], ['/b', 'up.test:8080', undefined]);
  assert.equal((await gateway.lines(2))[0]?.['endpoint'], 'up.test:8080');
});

test('TLS to the upstream is inside, also where there is TLS to the proxy', async () => {
  await using upstream = await startUpstream(undefined, { tls: pem(a) });
  for (const tls of [undefined, pem(local)]) {
    const options: ConnectProxyOptions = {
      places: { 'a.test:443': upstream.host },
      ...(tls === undefined ? {} : { tls }),
    };
    await using proxy = await startConnectProxy(options);
    const policies = tls === undefined ? '' : `{ backendTLS: { root: ${ca}, hostname: localhost } }`;
    await using gateway = await startGateway(
      through('a.test:443', proxy.host, `, backendTLS: { root: ${ca} }`, policies),
    );
    assert.equal((await send(gateway.port)).text, 'ok');
    assert.equal(upstream.requests.at(-1)?.serverName, 'a.test');
    assert.deepEqual(
      proxy.tunnels.map(({ target }) => target),
      ['a.test:443'],
    );
  }
});

test('HTTP/2 goes through a tunnel, with prior knowledge and as TLS agrees on', async () => {
  await using plain = await startHttp2(false);
  await using secure = await startHttp2(true);
  await using proxy = await startConnectProxy({ places: { 'a.test:443': secure.host, 'b.test:80': plain.host } });
  await using gateway = await startGateway(`
gateways: { default: { port: $PORT, address: ["127.0.0.1"] } }
policies:
- { name: { name: p, namespace: default }, target: { gateway: { gatewayName: default, gatewayNamespace: default } }, policy: { backendTunnel: { proxy: { host: "${proxy.host}" } } } }
routes:
- { hostnames: [plain], backends: [{ host: "b.test:80", policies: { http: { version: "2" } } }] }
- { hostnames: [agreed], backends: [{ host: "a.test:443", policies: { backendTLS: { root: ${ca}, alpn: [h2, http/1.1] } } }] }`);
  for (const host of ['plain', 'agreed', 'plain', 'agreed']) {
    assert.equal((await send(gateway.port, { headers: { host } })).text, 'over h2', host);
  }
});

test('why there is no tunnel is in the log, and clients learn that there is none', async () => {
  await using upstream = await startUpstream();
  const cases: [ConnectProxyOptions | null, RegExp][] = [
    [{ authorization: 'Basic x' }, /the proxy answered with 407, it wants other credentials \(CONNECT up\.test:80\)/],
    [{ answer: 'HTTP/1.1 403 Forbidden\r\n\r\n' }, /the proxy answered with 403/],
    [{ answer: 'SSH-2.0-x\r\n\r\n' }, /the proxy sent an invalid answer/],
    [{ answer: '' }, /the proxy closed the connection/],
    [null, /the connection to the proxy 127\.0\.0\.1:1 failed: connect ECONNREFUSED/],
  ];
  for (const [options, expected] of cases) {
    await using proxy = await startConnectProxy(options ?? {});
    await using gateway = await startGateway(through('up.test:80', options === null ? '127.0.0.1:1' : proxy.host));
    const { status, text } = await send(gateway.port);
    assert.equal(status, 503);
    assert.match(text, /no tunnel to the upstream could be made/);
    const [line] = await gateway.lines(1);
    assert.equal(line?.['reason'], 'connectFailed');
    assert.match(String(line?.['error']), expected);
  }
  assert.equal(upstream.requests.length, 0);
});

test('a proxy that does not answer, and TLS that fails inside of the tunnel', async () => {
  await using upstream = await startUpstream(undefined, { tls: pem(certificates.stranger) });
  await using silent = await startUpstream(() => undefined);
  await using proxy = await startConnectProxy({ places: { 'a.test:443': upstream.host } });
  const hung = net.createServer((socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve) => hung.listen(0, '127.0.0.1', resolve));
  const { port } = hung.address() as net.AddressInfo;
  const limit = ', tcp: { connectTimeout: 100ms, keepalives: { enabled: false } }';
  await using late = await startGateway(through('a.test:443', `127.0.0.1:${port}`, limit));
  assert.equal((await send(late.port)).status, 503);
  assert.match(String((await late.lines(1))[0]?.['error']), /no tunnel in 100 ms/);
  await using gateway = await startGateway(through('a.test:443', proxy.host, `, backendTLS: { root: ${ca} }`));
  assert.equal((await send(gateway.port)).status, 503);
  assert.equal((await gateway.lines(1))[0]?.['reason'], 'tlsFailed');
  hung.close();
  assert.equal(silent.requests.length, 0);
});

test('connections of one upstream through different proxies are not mixed', async () => {
  await using upstream = await startUpstream();
  const places = { 'up.test:80': upstream.host };
  await using one = await startConnectProxy({ places });
  await using two = await startConnectProxy({ places });
  const backend = (proxy: string, auth = ''): string =>
    `{ host: "up.test:80", policies: { backendTunnel: { proxy: { host: "${proxy}" }${auth} } } }`;
  await using gateway = await startGateway(`
gateways: { default: { port: $PORT, address: ["127.0.0.1"] } }
routes:
- { hostnames: [one], backends: [${backend(one.host)}] }
- { hostnames: [two], backends: [${backend(two.host)}] }
- { hostnames: [other], backends: [${backend(two.host, ', policies: { backendAuth: { key: other } }')}] }`);
  for (const host of ['one', 'two', 'other', 'one', 'two', 'other']) await send(gateway.port, { headers: { host } });
  assert.deepEqual(
    [one, two].map(({ tunnels }) => tunnels.map(({ headers }) => headers['proxy-authorization'])),
    [[undefined], [undefined, 'Bearer other']],
  );
});

test('a CONNECT from a client goes on through the proxy of its backend', async () => {
  await using upstream = await startUpstream();
  await using proxy = await startConnectProxy({ places: { 'far.test:80': upstream.host } });
  await using gateway = await startGateway(
    `frontendPolicies: { connect: { mode: route } }\n${oneRoute(`{ backendTunnel: { proxy: { host: "${proxy.host}" } } }`, '{ dynamic: {} }')}`,
  );
  const tunnel = await connectOver1(gateway.port, 'far.test:80');
  assert.equal(tunnel.status, 200);
  tunnel.stream.write('GET / HTTP/1.1\r\nHost: far.test\r\nConnection: close\r\n\r\n');
  await tunnel.ended;
  assert.match(tunnel.text(), /ok$/);
  assert.deepEqual(
    proxy.tunnels.map(({ target }) => target),
    ['far.test:80'],
  );
  tunnel.close();
});

test('TCP routes, LLM providers and MCP targets go through proxies', async () => {
  await using upstream = await startUpstream((_request, response) => response.end('{}'));
  await using proxy = await startConnectProxy({
    places: { 'tcp.test:80': upstream.host, 'llm.test:80': upstream.host, 'mcp.test:80': upstream.host },
  });
  const policies = `{ backendTunnel: { proxy: { backend: proxy } } }`;
  await using gateway = await startGateway(`
backends: [{ name: proxy, host: "${proxy.host}", policies: { backendAuth: { key: named } } }]
gateways: { default: { port: $PORT, address: ["127.0.0.1"] }, raw: { port: $PORT1, address: ["127.0.0.1"], protocol: TCP } }
routes:
- { matches: [{ path: { pathPrefix: /mcp } }], backends: [{ mcp: { targets: [{ name: t, mcp: { host: "mcp.test:80" }, policies: ${policies} }] } }] }
tcpRoutes: [{ gateways: raw, backends: [{ host: "tcp.test:80", policies: ${policies} }] }]
llm:
  models: [{ name: m, provider: openAI, params: { baseUrl: "http://llm.test/v1", apiKey: k }, backendTunnel: { proxy: { backend: proxy } } }]`);
  assert.equal((await send(gateway.ports[1] ?? 0)).text, '{}');
  await send(gateway.port, {
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { 'content-type': 'application/json' },
    body: '{"model":"m","messages":[{"role":"user","content":"x"}]}',
  });
  await send(gateway.port, {
    method: 'POST',
    path: '/mcp',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}',
  });
  await eventually(() => proxy.tunnels.length >= 3, 'the tunnels');
  assert.deepEqual(
    new Set(proxy.tunnels.map(({ target }) => target)),
    new Set(['tcp.test:80', 'llm.test:80', 'mcp.test:80']),
  );
  for (const { headers } of proxy.tunnels) assert.equal(headers['proxy-authorization'], 'Bearer named');
});

test('a gateway that is its own proxy is told so', async () => {
  await using gateway = await startGateway(`
frontendPolicies: { connect: { mode: route } }
gateways: { default: { port: $PORT, address: ["127.0.0.1"] } }
routes: [{ policies: { backendTunnel: { proxy: { host: "127.0.0.1:$PORT" } } }, backends: [{ dynamic: {} }] }]`);
  assert.equal((await send(gateway.port, { headers: { host: 'far.test' } })).status, 503);
  const lines = await gateway.lines(2);
  assert.deepEqual(
    lines.map((line) => [line['http.method'], line['http.status']]),
    [
      ['CONNECT', 508],
      ['GET', 503],
    ],
  );
});
