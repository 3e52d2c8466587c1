import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawClient, send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';

test('what a page of another site sends to change something is refused', async () => {
  await using upstream = await startUpstream();
  const policies = `{ csrf: { additionalOrigins: ["https://trusted.example"] } }`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  const host = 'shop.example';
  const site = (value: string): Record<string, string> => ({ 'sec-fetch-site': value });
  const from = (origin: string): Record<string, string> => ({ origin });
  for (const [method, headers, status] of [
    ['POST', {}, 200],
    ['POST', site('same-origin'), 200],
    ['POST', site('none'), 200],
    ['POST', site('same-site'), 403],
    ['POST', site('cross-site'), 403],
    ['POST', site(''), 403],
    ['POST', { ...site('cross-site'), ...from('http://shop.example') }, 403],
    ['POST', { ...site('cross-site'), ...from('https://trusted.example') }, 200],
    ['DELETE', from('http://shop.example'), 200],
    ['DELETE', from('https://shop.example'), 200],
    ['DELETE', from('http://shop.example:81'), 403],
    ['DELETE', from('https://shop.example.evil.example'), 403],
    ['DELETE', from('https://evil-shop.example'), 403],
    ['DELETE', from('null'), 403],
    ['DELETE', from('https://trusted.example'), 200],
    ['DELETE', from('http://trusted.example'), 403],
    ['GET', site('cross-site'), 200],
    ['HEAD', from('https://evil.example'), 200],
    ['OPTIONS', from('https://evil.example'), 200],
  ] as const) {
    const reply = await send(gateway.port, { method, headers: { host, ...headers } });
    assert.equal(reply.status, status, `${method} ${JSON.stringify(headers)}`);
    if (status === 403) assert.match(reply.text, /crossSiteRequest/);
  }
});

test('two fields do not say more than one', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute('{ csrf: {} }', upstream.host));
  for (const fields of [
    ['origin: http://a.example', 'origin: https://evil.example'],
    ['sec-fetch-site: same-origin', 'sec-fetch-site: cross-site'],
  ]) {
    const client = RawClient.connect(gateway.port);
    client.write(['POST / HTTP/1.1', 'host: a.example', ...fields, 'content-length: 0', '', ''].join('\r\n'));
    await client.has('HTTP/1.1 403');
    client.destroy();
  }
});

test('a page of another site cannot open a WebSocket', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute('{ csrf: {} }', upstream.host));
  const upgrade = { host: 'a.example', connection: 'upgrade', upgrade: 'websocket' };
  const evil = await send(gateway.port, { headers: { ...upgrade, origin: 'https://evil.example' } });
  assert.equal(evil.status, 403);
  assert.equal(upstream.requests.length, 0);
});
