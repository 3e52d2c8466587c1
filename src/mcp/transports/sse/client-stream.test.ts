import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../../base/errors.ts';
import { HeaderList } from '../../../net/http/headers.ts';
import { primingEvent } from '../../../net/http/sse.ts';
import type { McpHttpRequest } from '../../http.ts';
import { mcpLimits } from '../../limits.ts';
import { BlockingSink } from '../../testdata/blocking-sink.ts';
import { HarnessRequest } from '../../testdata/fetch-harness.ts';
import { SseClient, type StreamableServer } from './client-stream.ts';

function begin(handle: StreamableServer['handle']): {
  stream: BlockingSink;
  client: SseClient;
  post: () => Promise<Response>;
} {
  const stream = new BlockingSink();
  const client = new SseClient(stream, { handle }, '');
  const post = (): Promise<Response> => {
    const http = new HarnessRequest(new Request('http://localhost/sse', { method: 'POST' }), Buffer.alloc(0), {});
    client.post(http, Buffer.from('{}')).catch((error: unknown) => http.fail(error));
    return http.response;
  };
  return { stream, client, post };
}

const megabyte = 'x'.repeat(1 << 20);

test('a client that leaves too many answers unread is cut, with its session', async () => {
  const { stream, post } = begin(async (http) => http.reply(200, new HeaderList(), megabyte));
  stream.room = 1;
  const most = mcpLimits.maxUnreadBytes / megabyte.length;
  for (let i = 0; i < most; i++) await post();
  assert.equal(stream.state, 'open');
  await post();
  assert.equal(stream.state, 'aborted');
  assert.equal(stream.written.length, most);
});

test('what was read in between does not count', async () => {
  const { stream, post } = begin(async (http) => http.reply(200, new HeaderList(), megabyte));
  for (let i = 0; i < 12; i++) {
    if (i % 3 === 0) stream.drain(1);
    await post();
  }
  assert.equal(stream.state, 'open');
});

test('a stream behind that is cut cuts the stream of the client, which could not come back for the rest', async () => {
  const { stream, post } = begin(async (http) => http.openStream(200, new HeaderList()).abort());
  await post();
  assert.equal(stream.state, 'aborted');
});

test('events without a message do not reach clients that cannot resume', async () => {
  const { stream, post } = begin(async (http) => {
    const sink = http.openStream(200, new HeaderList());
    assert.equal(sink.write(primingEvent('1-0')), true);
    sink.write('event: message\nid: 1-1\ndata: {}\n\n');
    sink.end();
  });
  await post();
  assert.deepEqual(stream.written, ['event: message\nid: 1-1\ndata: {}\n\n']);
});

test('a message that is refused leaves nothing behind', async () => {
  const closed: boolean[] = [];
  const kept: McpHttpRequest[] = [];
  const { stream, client, post } = begin(async (http) => {
    kept.push(http);
    http.onClose(() => closed.push(true));
    if (kept.length === 2) http.relay(1);
    else throw new GatewayError('overloaded', 'no room');
  });
  assert.equal((await post()).status, 503);
  assert.equal((await post()).status, 404);
  assert.deepEqual(closed, [true, true]);
  const drained = kept.map((http) => Object.assign(http, { drained: () => assert.fail('still there') }));
  assert.equal(drained.length, 2);
  stream.drain(1);
  const outer = new HarnessRequest(new Request('http://localhost/sse'), Buffer.alloc(0), {});
  await client.close(outer);
  assert.equal(stream.state, 'ended');
});
