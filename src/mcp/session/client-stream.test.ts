import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mcpLimits } from '../limits.ts';
import { BlockingSink } from '../testdata/blocking-sink.ts';
import { ClientStream, parseEventId } from './client-stream.ts';
import { ReplayLog } from './replay.ts';

test('a slow reader gets everything in order once it reads again', () => {
  const stream = new ClientStream(3, new ReplayLog());
  const sink = new BlockingSink(1);
  stream.attach(sink, -1, false);
  for (let i = 0; i < 4; i++) stream.send(`{"n":${i}}`);
  stream.finish();
  assert.equal(sink.data.length, 1);
  sink.drain(2);
  assert.equal(sink.data.length, 3);
  assert.equal(sink.state, 'open');
  sink.drain(9);
  assert.deepEqual(
    sink.data,
    [0, 1, 2, 3].map((n) => `data: {"n":${n}}`),
  );
  assert.equal(sink.state, 'ended');
});

test('a reader that leaves too much unread is cut, and memory is freed', () => {
  const stream = new ClientStream(3, new ReplayLog());
  const sink = new BlockingSink(1);
  stream.attach(sink, -1, false);
  const megabyte = `{"x":"${'y'.repeat(1 << 20)}"}`;
  for (let i = 0; i < 6; i++) stream.send(megabyte);
  assert.equal(sink.state, 'aborted');
  assert.equal(stream.attached, false);
});

test('a keep-alive is not written to a reader that has not read the last one', () => {
  const stream = new ClientStream(0, new ReplayLog());
  const sink = new BlockingSink(1);
  stream.attach(sink, -1, false);
  stream.keepAlive(': k\n\n');
  stream.keepAlive(': k\n\n');
  assert.deepEqual(sink.written, [': k\n\n']);
});

test('what waited comes after the priming event, whose id stands before it', () => {
  const stream = new ClientStream(0, new ReplayLog());
  stream.send('{"n":1}');
  const sink = new BlockingSink();
  stream.attach(sink, -1, true);
  assert.deepEqual(sink.written, ['id: 0-0\ndata: \n\n', 'event: message\nid: 0-1\ndata: {"n":1}\n\n']);
});

test('a resumed stream has each event once, whether it was sent, kept or waiting', () => {
  const stream = new ClientStream(0, new ReplayLog());
  const first = new BlockingSink(2);
  stream.attach(first, -1, false);
  for (let i = 1; i <= 4; i++) stream.send(`{"n":${i}}`);
  stream.detach(first);
  stream.send('{"n":5}');
  const second = new BlockingSink();
  stream.attach(second, 1, false);
  assert.deepEqual(
    second.data,
    [2, 3, 4, 5].map((n) => `data: {"n":${n}}`),
  );
});

const { maxReplayBytes, maxReplayEvents, maxUnreadBytes } = mcpLimits;
const numbers = (log: ReplayLog, stream: number): number[] => log.after(stream, 0).map(([event]) => event);

test('the replay log has the newest events', () => {
  const log = new ReplayLog();
  for (let i = 1; i <= maxReplayEvents + 10; i++) log.add(1, i, '{}');
  assert.equal(log.after(1, 0).length, maxReplayEvents);
  assert.equal(log.after(1, 0)[0]?.[0], 11);
  log.add(1, 1000, 'x'.repeat(maxReplayBytes));
  assert.deepEqual(numbers(log, 1), [1000]);
});

test('the last event of a stream goes after all others, and the newest of all stays however large it is', () => {
  const log = new ReplayLog();
  for (let stream = 1; stream <= 3; stream++) for (let i = 1; i <= 3; i++) log.add(stream, i, `{"n":${i}}`);
  log.add(4, 1, 'x'.repeat(maxReplayBytes + 1));
  assert.deepEqual(
    [1, 2, 3, 4].map((stream) => numbers(log, stream)),
    [[3], [3], [3], [1]],
  );
  log.add(5, 1, 'x'.repeat(maxUnreadBytes + 1));
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((stream) => log.lastOf(stream)),
    [-1, -1, -1, -1, 1],
  );
  for (let stream = 6; stream < 6 + maxReplayEvents; stream++) log.add(stream, 1, '{}');
  assert.equal(log.lastOf(5), -1);
  assert.equal(log.lastOf(6), 1);
});

test('a stream goes on after an event only if all that followed is still there', () => {
  const log = new ReplayLog();
  const stream = new ClientStream(3, log);
  for (let i = 1; i <= 4; i++) stream.send(`{"n":${i}}`);
  assert.ok([0, 1, 3, 4].every((event) => stream.follows(event)));
  const other = new ClientStream(4, log);
  for (let i = 0; i < maxReplayEvents - 3; i++) other.send('{}');
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((event) => stream.follows(event)),
    [false, true, true, true, true],
  );
  stream.finish();
  assert.equal(ClientStream.ended(3, log)?.follows(0), false);
  assert.equal(ClientStream.ended(3, log)?.follows(1), true);
  assert.equal(ClientStream.ended(5, log), undefined);
});

test('a stream of which nothing is kept goes on after its last event', () => {
  const stream = new ClientStream(0, new ReplayLog(), 100);
  assert.ok(stream.follows(7), 'what was before is not known here');
  const elsewhere = new ClientStream(1, null);
  elsewhere.send('{}');
  assert.equal(elsewhere.follows(1), true);
  assert.equal(elsewhere.follows(0), false);
});

test('what waited for its first reader is not lost when it is no longer in the log', () => {
  const log = new ReplayLog();
  const stream = new ClientStream(0, log);
  for (let i = 1; i <= 4; i++) stream.send(`{"n":${i}}`);
  for (let i = 0; i < maxReplayEvents; i++) log.add(9, i, '{}');
  assert.equal(stream.follows(1), true);
  const sink = new BlockingSink();
  stream.attach(sink, 1, false);
  assert.deepEqual(
    sink.data,
    [2, 3, 4].map((n) => `data: {"n":${n}}`),
  );
});

test('only ids of ours are positions', () => {
  assert.deepEqual(parseEventId('12-3'), { stream: 12, event: 3 });
  for (const id of ['', '1', '1-', '-1-2', '1-2-3', 'a-b', `${'9'.repeat(20)}-1`]) assert.equal(parseEventId(id), null);
});
