import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';

test('a direct response has its status, body and computed fields', async () => {
  const policies = `
    directResponse:
      status: 418
      body: short and stout
      headers: { X-Path: request.path, x-fixed: "'yes'", x-failing: "request.headers['absent']" }`;
  await using gateway = await startGateway(oneRoute(policies));
  const { status, text, headers } = await send(gateway.port, { path: '/tea' });
  assert.deepEqual([status, text, headers['x-path'], headers['x-fixed']], [418, 'short and stout', '/tea', 'yes']);
  assert.equal(headers['x-failing'], undefined);
  const head = await send(gateway.port, { method: 'HEAD' });
  assert.deepEqual([head.status, head.text, head.headers['content-length']], [418, '', '15']);
});

test('a body may be computed, and an expression that fails is an error without internals', async () => {
  const policies = (body: string): string => `{ directResponse: { status: 200, bodyExpression: "${body}" } }`;
  await using gateway = await startGateway(oneRoute(policies("request.method + ' ' + request.path")));
  assert.equal((await send(gateway.port, { path: '/x' })).text, 'GET /x');
  await gateway.reload(oneRoute(policies("request.headers['absent']")));
  const failed = await send(gateway.port);
  assert.equal(failed.status, 500);
  assert.deepEqual(JSON.parse(failed.text), {
    error: { reason: 'expressionFailed', message: 'an expression of this route failed' },
  });
});

test('the first variant whose condition holds answers; none: the request goes on', async () => {
  await using upstream = await startUpstream();
  const policies = `
    directResponse:
      conditional:
      - { condition: "request.path == '/a'", status: 201 }
      - { condition: "request.headers['x-b'] == '1'", status: 202 }`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  assert.equal((await send(gateway.port, { path: '/a', headers: { 'x-b': '1' } })).status, 201);
  assert.equal((await send(gateway.port, { headers: { 'x-b': '1' } })).status, 202);
  assert.equal((await send(gateway.port)).status, 200);
  assert.equal(upstream.requests.length, 1);
});

test('a computed field cannot end its line, whatever the client sends', async () => {
  const policies = `
    directResponse:
      status: 200
      headers: { x-echo: "string(base64.decode(request.headers['x-in']))" }`;
  await using gateway = await startGateway(oneRoute(policies));
  const echo = async (text: string): Promise<unknown> => {
    const { headers } = await send(gateway.port, { headers: { 'x-in': Buffer.from(text).toString('base64') } });
    assert.equal(headers['x-evil'], undefined);
    return headers['x-echo'];
  };
  assert.equal(await echo('fine'), 'fine');
  for (const evil of ['a\r\nx-evil: 1', 'a\nx-evil: 1', 'a\rb', 'a\0b', 'aĊx-evil: 1čb']) {
    assert.ok(!String(await echo(evil)).includes('\n'), JSON.stringify(evil));
  }
  assert.equal(Buffer.from((await echo('Ċ')) as string, 'latin1').toString('utf8'), 'Ċ');
});

test('a status without a body has none', async () => {
  await using gateway = await startGateway(oneRoute('{ directResponse: { status: 204, body: dropped } }'));
  const { status, text, headers } = await send(gateway.port);
  assert.deepEqual([status, text, headers['content-length']], [204, '', undefined]);
});
