import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import { eventually, send, type Reply } from '../../testkit/client.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream, type Answer, type Upstream } from '../../testkit/upstream.ts';
import { configFile, processPorts, processSection, startWaygate } from '../process/waygate-process.ts';
import { saying, serviceConfig, startNamed } from './service.ts';

/** Holds answers back until they are let go, and knows the most that it held. */
class Gate {
  readonly held: (() => void)[] = [];
  most = 0;
  readonly answer: Answer = (_request, response) => {
    this.held.push(() => response.end('ok'));
    this.most = Math.max(this.most, this.held.length);
  };

  letGo(): void {
    this.held.shift()?.();
  }
}

/** Sends `count` requests at once; `ended` counts those that are answered. */
function crowd(port: number, count: number): { readonly replies: Promise<Reply>[]; readonly ended: Reply[] } {
  const ended: Reply[] = [];
  const replies = Array.from({ length: count }, async () => {
    const reply = await send(port);
    ended.push(reply);
    return reply;
  });
  return { replies, ended };
}

function statuses(replies: readonly Reply[]): readonly number[] {
  return replies.map(({ status }) => status).toSorted((a, b) => a - b);
}

test('an endpoint has no more requests than it may; others get 503 at once', async () => {
  const gate = new Gate();
  await using a = await startUpstream(gate.answer);
  await using gateway = await startGateway(serviceConfig([a], { policies: 'limits: { inFlight: 2 }' }));
  const { replies, ended } = crowd(gateway.port, 5);
  await eventually(() => ended.length === 3, 'three are refused');
  assert.deepEqual(statuses(ended), [503, 503, 503]);
  assert.equal(ended[0]?.headers['retry-after'], '1');
  gate.letGo();
  gate.letGo();
  assert.deepEqual(statuses(await Promise.all(replies)), [200, 200, 503, 503, 503]);
  assert.equal(a.requests.length, 2);
  const [line] = await gateway.lines(5);
  assert.equal(line?.['reason'], 'overloaded');
  assert.equal(gateway.metric('limit_rejections', { limit: 'upstream' }), 3);
});

test('requests wait for a place in order, as many as may and as long as they may', async () => {
  const gate = new Gate();
  await using a = await startUpstream(gate.answer);
  const policies = 'limits: { inFlight: 1, pending: 2, pendingTimeout: 300ms }';
  await using gateway = await startGateway(serviceConfig([a], { policies }));
  const { replies, ended } = crowd(gateway.port, 4);
  await eventually(() => ended.length === 1, 'one is refused: two wait');
  gate.letGo();
  await a.request(2);
  await eventually(() => ended.length === 3, 'one waited too long');
  gate.letGo();
  assert.deepEqual(statuses(await Promise.all(replies)), [200, 200, 503, 503]);
  assert.equal(gate.most, 1);
});

test('a client that leaves while it waits leaves its place', async () => {
  const gate = new Gate();
  await using a = await startUpstream(gate.answer);
  const policies = 'limits: { inFlight: 1, pending: 1, pendingTimeout: 60s }';
  await using gateway = await startGateway(serviceConfig([a], { policies }));
  const first = send(gateway.port);
  await a.request(1);
  const waiting = http.get({ port: gateway.port, host: '127.0.0.1', agent: false });
  waiting.on('error', () => undefined);
  await eventually(() => gateway.metric('requests_in_flight') === 2, 'one waits');
  assert.equal((await send(gateway.port)).status, 503);
  waiting.destroy();
  await eventually(() => gateway.metric('requests_in_flight') === 1, 'it has left');
  const second = send(gateway.port);
  gate.letGo();
  await a.request(2);
  gate.letGo();
  assert.deepEqual(statuses([await first, await second]), [200, 200]);
});

test('a full endpoint leaves requests to the others', async () => {
  const gate = new Gate();
  await using a = await startUpstream(gate.answer);
  await using b = await startNamed('b');
  const policies = 'loadBalancing: { algorithm: roundRobin }, limits: { inFlight: 1 }';
  await using gateway = await startGateway(serviceConfig([a, b], { policies }));
  const first = send(gateway.port);
  await a.request(1);
  for (let i = 0; i < 4; i++) assert.equal((await send(gateway.port)).text, 'b');
  gate.letGo();
  assert.equal((await first).text, 'ok');
});

test('a late answer is asked for at a second endpoint, if the request is safe', async () => {
  const gate = new Gate();
  await using a = await startUpstream(gate.answer);
  await using b = await startNamed('b');
  const policies = 'loadBalancing: { algorithm: roundRobin, hedgeAfter: 50ms }';
  await using gateway = await startGateway(serviceConfig([a, b], { policies }));
  assert.equal((await send(gateway.port)).text, 'b');
  const [line] = await gateway.lines(1);
  assert.equal(line?.['endpoint'], b.host);
  await eventually(() => a.connections === 0, 'the first is given up');
  a.answer((request, response) => void setTimeout(() => saying('a')(request, response), 200));
  const texts = new Set<string>();
  for (let i = 0; i < 2; i++) texts.add((await send(gateway.port, { method: 'POST', body: 'x' })).text);
  assert.deepEqual([...texts].toSorted(), ['a', 'b']);
});

test('retries stay within their budget', async () => {
  await using a = await startUpstream((_request, response) => response.writeHead(503).end());
  const route = 'retry: { attempts: 1, codes: [503], backoff: 200ms, budget: { percent: 0, minimum: 1 } }';
  await using gateway = await startGateway(serviceConfig([a], { route }));
  await Promise.all(crowd(gateway.port, 4).replies);
  assert.equal(a.requests.length, 5);
  await send(gateway.port);
  assert.equal(a.requests.length, 7);
});

test('limits hold for all workers together', async (t) => {
  const gate = new Gate();
  await using upstream: Upstream = await startUpstream(gate.answer);
  const ports = await processPorts();
  const config = processSection(ports, 2);
  const yaml = serviceConfig([upstream], {
    config,
    policies: 'limits: { inFlight: 3, pending: 5, pendingTimeout: 60s }',
  });
  const waygate = startWaygate(t, { args: ['-f', configFile(t, yaml.replace('$PORT', String(ports.data)))] });
  await waygate.says('ready');
  const { replies, ended } = crowd(ports.data, 24);
  await eventually(() => ended.length === 16, 'three are served and five wait');
  assert.equal(
    ended.every(({ status }) => status === 503),
    true,
  );
  for (let i = 0; i < 8; i++) {
    await eventually(() => gate.held.length > 0, 'the next has its place');
    gate.letGo();
  }
  assert.equal(statuses(await Promise.all(replies)).filter((status) => status === 200).length, 8);
  assert.equal(gate.most, 3);
});
