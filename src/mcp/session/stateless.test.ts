import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usualLimits } from '../limits.ts';
import { FakeServer, withTools } from '../testdata/fake-target.ts';
import { makeEndpoint } from '../testdata/fetch-harness.ts';
import { RawClient } from '../testdata/raw-client.ts';

type Answers = { id: number; result?: object; error?: { code: number } }[];

function open(callsPerSession = 64): { server: FakeServer; client: RawClient } {
  const server = new FakeServer('a', { answer: withTools('x') });
  const limits = { ...usualLimits, callsPerSession };
  return { server, client: new RawClient(makeEndpoint({ targets: [server.target], stateful: false, limits })) };
}

const byText = (a: string, b: string): number => (a < b ? -1 : 1);
const request = (id: number, method: string, params: object = {}): object => ({ jsonrpc: '2.0', id, method, params });
const call = (id: number): object => request(id, 'tools/call', { name: 'x' });

test('without sessions a client of 2025-03-26 may send a batch, for which targets are greeted once', async () => {
  const { server, client } = open();
  const notification = { jsonrpc: '2.0', method: 'notifications/x' };
  for (const headers of [{}, { 'mcp-protocol-version': '2025-03-26' }]) {
    const before = server.connections;
    const response = await client.post([call(1), notification, request(2, 'ping'), call(3)], headers);
    const answers = (await response.json()) as Answers;
    assert.deepEqual(answers.map(({ id, result }) => `${id} ${result !== undefined}`).toSorted(byText), [
      '1 true',
      '2 true',
      '3 true',
    ]);
    assert.equal(server.connections, before + 1);
    assert.equal(server.closed, server.connections);
  }
  assert.equal((await client.post([notification])).status, 202);
});

test('without sessions batches of other revisions are refused', async () => {
  const { client } = open();
  for (const revision of ['2025-11-25', '2025-06-18', '2024-11-05', '2026-07-28', '2030-01-01']) {
    const response = await client.post([request(1, 'ping')], { 'mcp-protocol-version': revision });
    const { error } = (await response.json()) as { error: { code: number } };
    assert.deepEqual([response.status, error.code], [400, -32600], revision);
  }
  const _meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
  assert.equal((await client.post([request(1, 'ping', { _meta })])).status, 400);
});

test('without sessions a batch holds no handshake, no id twice, and no more than the calls of a session', async () => {
  const { client } = open(2);
  const codes = async (...batch: object[]): Promise<(number | undefined)[]> => {
    const answers = (await (await client.post(batch)).json()) as Answers;
    return answers.toSorted((a, b) => a.id - b.id).map(({ error }) => error?.code);
  };
  assert.deepEqual(await codes(request(1, 'initialize'), request(2, 'ping')), [-32600, undefined]);
  assert.deepEqual(new Set(await codes(call(1), call(1))), new Set([-32600, undefined]));
  assert.deepEqual(await codes(call(1), call(2), call(3)), [undefined, undefined, -32603]);
});
