/** The stream of a session, opened at any worker, carries what the worker that owns the session has to say. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test, type TestContext } from 'node:test';
import { eventually } from '../../testkit/client.ts';
import { startMcpGateway } from './mcp-gateway.ts';
import { eventsOf, openRawSession, type RawSession, type StreamEvent } from './raw-session.ts';

const limit = { timeout: 60_000 };
/** With four workers, at least one of so many connections comes to another than the owner. */
const rounds = 10;

async function start(t: TestContext): Promise<URL> {
  const program = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'));
  const target = `- name: everything\n  stdio: { cmd: "${process.execPath}", args: ["${program}"] }`;
  return (await startMcpGateway(t, target)).url;
}

/** Opens the stream once the one before is known to be closed. */
async function open(session: RawSession, signal: AbortSignal): Promise<AsyncGenerator<StreamEvent>> {
  let stream = await session.listen(signal);
  await eventually(async () => {
    if (stream.status === 409) stream = await session.listen(signal);
    return stream.status === 200;
  }, 'the stream');
  return eventsOf(stream);
}

/** Lets the server log one message, and returns the event that carries it. */
async function logged(session: RawSession, events: AsyncGenerator<StreamEvent>): Promise<StreamEvent> {
  assert.match((await session.call('toggle-simulated-logging')).text, /^Started/);
  const event = await nextLog(events);
  assert.match((await session.call('toggle-simulated-logging')).text, /^Stopped/);
  return event;
}

async function nextLog(events: AsyncGenerator<StreamEvent>): Promise<StreamEvent> {
  for (;;) {
    const { value, done } = await events.next();
    if (done === true) assert.fail('the stream ended');
    // The server tells of changed lists, too, once it knows its client.
    if (value.data.includes('"method":"notifications/message"')) return value;
  }
}

test('notifications reach the stream, whichever worker it is opened at', limit, async (t) => {
  const session = await openRawSession(await start(t));
  for (let round = 0; round < rounds; round++) {
    const abort = new AbortController();
    await logged(session, await open(session, abort.signal));
    abort.abort();
  }
  assert.equal(await session.delete(), 204);
});

test('a stream is resumed after its last event, whichever worker it is resumed at', limit, async (t) => {
  const session = await openRawSession(await start(t));
  const first = new AbortController();
  const events = await open(session, first.signal);
  const { id } = await logged(session, events);
  const missed = await logged(session, events);
  first.abort();
  for (let round = 0; round < rounds; round++) {
    const abort = new AbortController();
    const stream = await session.listen(abort.signal, id);
    assert.equal(stream.status, 200);
    assert.deepEqual(await nextLog(eventsOf(stream)), missed);
    abort.abort();
  }
});

test('the end of a session ends its stream, whichever worker carries it', limit, async (t) => {
  const url = await start(t);
  const sessions = await Promise.all(Array.from({ length: 4 }, () => openRawSession(url)));
  const streams = await Promise.all(sessions.map((session) => session.listen(AbortSignal.timeout(20_000))));
  for (const session of sessions) assert.equal(await session.delete(), 204);
  // Each ends in order, not by a broken connection.
  for (const stream of streams) assert.doesNotMatch(await stream.text(), /^data: \{/m);
});
