import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';

test('request fields are set, added and removed, in this order', async () => {
  await using upstream = await startUpstream();
  const policies = `
    requestHeaderModifier:
      set: { x-set: new, X-Both: from set }
      add: { x-add: second, x-both: from add }
      remove: [x-gone, X-Also-Gone]`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  await send(gateway.port, { headers: { 'x-set': 'old', 'x-add': 'first', 'x-gone': '1', 'x-also-gone': '2' } });
  const { headers } = await upstream.request(1);
  assert.equal(headers['x-set'], 'new');
  assert.equal(headers['x-add'], 'first, second');
  assert.equal(headers['x-both'], 'from set, from add');
  assert.equal(headers['x-gone'], undefined);
  assert.equal(headers['x-also-gone'], undefined);
});

test('response fields are set, added and removed, also on direct responses', async () => {
  await using upstream = await startUpstream((_request, response) => {
    response.setHeader('server', 'secret/1.0');
    response.setHeader('x-add', 'first');
    response.end('ok');
  });
  const modifier = 'responseHeaderModifier: { set: { x-set: new }, add: { x-add: second }, remove: [server] }';
  await using gateway = await startGateway(oneRoute(`{ ${modifier} }`, upstream.host));
  const { headers } = await send(gateway.port);
  assert.equal(headers['x-set'], 'new');
  assert.equal(headers['x-add'], 'first, second');
  assert.equal(headers['server'], undefined);
  await gateway.reload(oneRoute(`{ ${modifier}, directResponse: { status: 200, body: hi } }`));
  assert.equal((await send(gateway.port)).headers['x-set'], 'new');
});

test('pseudo fields change the request line, and :status the status', async () => {
  await using upstream = await startUpstream();
  const policies = `
    requestHeaderModifier: { set: { ":path": "/other?b=2", ":method": PUT, ":authority": new.test } }
    responseHeaderModifier: { set: { ":status": "299" } }`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  const { status } = await send(gateway.port, { path: '/first?a=1' });
  const { url, method, headers } = await upstream.request(1);
  assert.deepEqual([url, method, headers.host, status], ['/other?b=2', 'PUT', 'new.test', 299]);
});

test('fields that frame or route a message cannot be set by a modifier', async () => {
  await using upstream = await startUpstream();
  const policies = `
    requestHeaderModifier: { set: { transfer-encoding: chunked, content-length: "7", connection: x-a } }
    responseHeaderModifier: { set: { content-length: "99", transfer-encoding: chunked } }`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  const reply = await send(gateway.port, { method: 'POST', body: 'abc', headers: { 'content-length': 3 } });
  assert.equal(reply.text, 'ok');
  const seen = await upstream.request(1);
  assert.equal(seen.body.toString(), 'abc');
  assert.equal(seen.headers['content-length'], '3');
  assert.equal(seen.headers['transfer-encoding'], undefined);
});

test('a configured value is written in UTF-8, and one that would end its field refuses the configuration', async () => {
  await using upstream = await startUpstream();
  const policies = (value: string): string => `{ requestHeaderModifier: { set: { x-name: "${value}" } } }`;
  await using gateway = await startGateway(oneRoute(policies('Grüße €'), upstream.host));
  await send(gateway.port);
  const { headers } = await upstream.request(1);
  assert.equal(Buffer.from(headers['x-name'] as string, 'latin1').toString('utf8'), 'Grüße €');
  await assert.rejects(gateway.reload(oneRoute(policies('a\\r\\nx-evil: 1'), upstream.host)));
  assert.equal((await send(gateway.port)).status, 200);
});

test('hop-by-hop fields and those that Connection names end at the gateway, both ways', async () => {
  await using upstream = await startUpstream((_request, response) => {
    response.setHeader('connection', 'x-hop');
    response.setHeader('x-hop', '1');
    response.setHeader('proxy-authenticate', 'Basic');
    response.end('ok');
  });
  await using gateway = await startGateway(oneRoute('', upstream.host));
  const { headers } = await send(gateway.port, {
    headers: { connection: 'close, x-mine', 'x-mine': '1', te: 'gzip', 'keep-alive': '5', 'proxy-connection': 'x' },
  });
  const seen = (await upstream.request(1)).headers;
  for (const name of ['x-mine', 'te', 'keep-alive', 'proxy-connection', 'connection']) {
    assert.equal(seen[name], undefined, name);
  }
  assert.equal(headers['x-hop'], undefined);
});

test('the client and how it reached the gateway are added to X-Forwarded-*', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(
    oneRoute('{ urlRewrite: { authority: { full: rewritten.test } } }', upstream.host),
  );
  await send(gateway.port, { headers: { host: 'client.test' } });
  const first = (await upstream.request(1)).headers;
  assert.equal(first.host, 'rewritten.test');
  assert.equal(first['x-forwarded-for'], '127.0.0.1');
  assert.equal(first['x-forwarded-proto'], 'http');
  assert.equal(first['x-forwarded-host'], 'client.test');
  const claimed = { 'x-forwarded-for': '10.0.0.1', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'outer.test' };
  await send(gateway.port, { headers: claimed });
  const second = (await upstream.request(2)).headers;
  assert.equal(second['x-forwarded-for'], '10.0.0.1, 127.0.0.1');
  assert.equal(second['x-forwarded-proto'], 'https');
  assert.equal(second['x-forwarded-host'], 'outer.test');
  const remove = '{ requestHeaderModifier: { remove: [x-forwarded-for, x-forwarded-proto, x-forwarded-host] } }';
  await gateway.reload(oneRoute(remove, upstream.host));
  await send(gateway.port, { headers: { ...claimed, host: 'client.test' } });
  const third = (await upstream.request(3)).headers;
  assert.equal(third['x-forwarded-for'], '127.0.0.1');
  assert.equal(third['x-forwarded-proto'], 'http');
  assert.equal(third['x-forwarded-host'], 'client.test');
});

test('Host follows a backend named by host name, and stays the client’s for one named by address', async () => {
  await using upstream = await startUpstream();
  const host = async (policies: string, backend: string): Promise<string | undefined> => {
    await using gateway = await startGateway(oneRoute(policies, backend));
    await send(gateway.port, { headers: { host: 'client.test:81' } });
    return upstream.requests.at(-1)?.headers.host;
  };
  const byName = `localhost:${upstream.port}`;
  const rewrite = (authority: string): string => `{ urlRewrite: { authority: ${authority} } }`;
  assert.equal(await host('', byName), byName);
  assert.equal(await host('', upstream.host), 'client.test:81');
  assert.equal(await host(rewrite('auto'), byName), byName);
  assert.equal(await host(rewrite('none'), byName), 'client.test:81');
  assert.equal(await host(rewrite('{ host: new.test }'), byName), 'new.test:81');
  assert.equal(await host(rewrite('{ port: 8080 }'), byName), 'client.test:8080');
  assert.equal(await host(rewrite('{ full: "new.test:9" }'), byName), 'new.test:9');
});

test('names keep their spelling where header case is preserved', async () => {
  await using upstream = await startUpstream((_request, response) => {
    response.setHeader('X-From-Upstream', '1');
    response.end('ok');
  });
  const preserve = 'frontendPolicies: { http: { http1HeaderCase: preserve } }';
  await using gateway = await startGateway(oneRoute('', upstream.host, preserve));
  const { rawHeaders } = await send(gateway.port, { headers: { 'X-From-Client': '1' } });
  assert.ok((await upstream.request(1)).rawHeaders.includes('X-From-Client'));
  assert.ok(rawHeaders.includes('X-From-Upstream'));
  await gateway.reload(oneRoute('', upstream.host));
  const lower = await send(gateway.port, { headers: { 'X-From-Client': '1' } });
  assert.ok((await upstream.request(2)).rawHeaders.includes('x-from-client'));
  assert.ok(lower.rawHeaders.includes('x-from-upstream'));
});
