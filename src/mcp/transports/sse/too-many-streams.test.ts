import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeServer } from '../../testdata/fake-target.ts';
import { HarnessRequest, makeEndpoint, memoryLog, workerOne } from '../../testdata/fetch-harness.ts';
import { SseEndpoint } from './sse-endpoint.ts';

test('streams that are too many are refused and counted as sessions', async () => {
  const endpoint = new SseEndpoint(makeEndpoint({ targets: [new FakeServer('a').target] }), {
    key: 'test',
    sessionPorts: workerOne(),
    maxStreams: 1,
    maxMessageBytes: 1000,
    log: memoryLog().log,
  });
  const hit: (string | undefined)[] = [];
  const open = async (): Promise<Response> => {
    const request = new Request('http://localhost/mcp/sse', { headers: { accept: 'text/event-stream' } });
    const http = new HarnessRequest(request, Buffer.alloc(0), { record: ({ limit }) => void hit.push(limit) });
    endpoint.handle(http, '').catch((error: unknown) => http.fail(error));
    return http.response;
  };
  const first = await open();
  assert.equal(first.status, 200);
  assert.equal((await open()).status, 503);
  assert.deepEqual(hit, ['sessions']);
  await first.body?.cancel();
  const again = await open();
  assert.equal(again.status, 200);
  await again.body?.cancel();
});
