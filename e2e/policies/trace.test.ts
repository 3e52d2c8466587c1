/** What `POST /debug/trace` shows of live requests. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import { answering, config, configFile, processPorts, startWaygate } from '../process/waygate-process.ts';

const shown = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');

test('the steps of a watched request come in order, without field values and queries', async () => {
  await using upstream = await startUpstream((_request, response) => response.end('hello'));
  await using gateway = await startGateway(`
gateways: { default: { port: $PORT, address: ["127.0.0.1"] } }
routes:
- name: first
  matches: [{ path: { pathPrefix: /a } }]
  policies:
    requestHeaderModifier: { set: { x-one: "1" } }
    directResponse:
      conditional: [{ condition: 'request.path == "/a/blocked"', status: 403, body: no }]
  backends: [{ host: "${upstream.host}" }]
`);
  gateway.plane.trace([{ id: 7, expression: 'request.path.startsWith("/a")' }]);
  const ask = (path: string): Promise<number> =>
    fetch(`http://127.0.0.1:${gateway.port}${path}`, { headers: { 'x-secret': 'hidden-value' } }).then(async (r) => {
      await r.arrayBuffer();
      return r.status;
    });
  assert.equal(await ask('/a/x?token=hidden-query'), 200);
  assert.equal(await ask('/a/blocked'), 403);
  assert.equal(await ask('/other'), 404);
  await gateway.lines(3);
  gateway.plane.trace([]);
  await ask('/a/unwatched');
  await gateway.lines(4);

  const steps = gateway.traced.map(({ request, step, ...rest }) => {
    const parts = [rest['kind'] ?? rest['name'] ?? rest['status'] ?? rest['path'], rest['outcome']];
    return [request, step, ...parts.map(shown)].filter((part) => part !== '').join(' ');
  });
  assert.deepEqual(steps, [
    '0-1 request /a/x',
    '0-1 listener default',
    '0-1 route first',
    '0-1 policy requestHeaderModifier continue',
    '0-1 policy directResponse continue',
    `0-1 backend ${String(gateway.traced[5]?.['name'])}`,
    '0-1 response 200',
    '0-1 end 200',
    '0-2 request /a/blocked',
    '0-2 listener default',
    '0-2 route first',
    '0-2 policy requestHeaderModifier continue',
    '0-2 policy directResponse answer',
    '0-2 response 403',
    '0-2 end 403',
  ]);
  assert.doesNotMatch(JSON.stringify(gateway.traced), /hidden/);
});

test('the admin API streams steps of all workers, and says what is wrong with an expression', async (t) => {
  const ports = await processPorts();
  const file = configFile(t, config(ports, 2, answering('served')));
  const waygate = startWaygate(t, { args: ['-f', file] });
  await waygate.says('ready');
  const trace = `http://127.0.0.1:${ports.admin}/debug/trace`;

  const wrong = await fetch(`${trace}?expression=${encodeURIComponent('request.pth == "/"')}`, { method: 'POST' });
  assert.equal(wrong.status, 400);
  assert.match(await wrong.text(), /pth/);

  const watching = await fetch(`${trace}?expression=${encodeURIComponent('request.path == "/seen"')}`, {
    method: 'POST',
  });
  assert.equal(watching.headers.get('content-type'), 'text/event-stream');
  const reader = watching.body?.pipeThrough(new TextDecoderStream()).getReader();
  assert.ok(reader);
  let events = '';
  const until = async (text: string): Promise<void> => {
    while (!events.includes(text)) {
      const { value, done } = await reader.read();
      assert.ok(!done, `the stream ended without ${text}: ${events}`);
      events += value;
    }
  };
  await until('waiting');
  for (const path of ['/unseen', '/seen']) {
    assert.equal(await (await fetch(`http://127.0.0.1:${ports.data}${path}`)).text(), 'served');
  }
  await until('event: end');
  assert.match(events, /event: policy\ndata: .*"kind":"directResponse","outcome":"answer","status":200/);
  assert.doesNotMatch(events, /unseen/);
  await reader.cancel();
});
