import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TargetError, type Transport } from '../../transports/transport.ts';
import { parseMessages, type Message } from '../../wire/jsonrpc.ts';
import { greet, type Greeting } from './greeting.ts';
import { TargetEra } from './target-era.ts';

const initialized = {
  result: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } },
};
const discovered = {
  result: { resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities: { tools: {} } },
};
const unknown = { error: { code: -32601, message: 'Method not found' } };
const ended = new TargetError('has ended (exit code 1)', { ended: true });

type Answer = object | TargetError | 'silence';

/** A target that answers each method in one way; `log` says what it was asked, and when it was started. */
class Target {
  readonly log: string[] = [];
  readonly era: TargetEra = new TargetEra();
  answers: Record<string, Answer>;
  readonly #ownStreams: boolean;

  constructor(answers: Record<string, Answer>, ownStreams = true) {
    this.answers = answers;
    this.#ownStreams = ownStreams;
  }

  greet(modernFirst: boolean): Promise<Greeting> {
    const line = {
      open: async (): Promise<Transport> => {
        this.log.push('open');
        return { ownStreams: this.#ownStreams } as Transport;
      },
      ask: async (method: string): Promise<Message> => {
        this.log.push(method);
        const scripted = this.answers[method] ?? unknown;
        const answer = Array.isArray(scripted) ? (scripted.shift() as Answer) : scripted;
        if (answer === 'silence') return new Promise(() => undefined);
        if (answer instanceof TargetError) throw answer;
        return parseMessages(JSON.stringify({ jsonrpc: '2.0', id: 1, ...answer })) as Message;
      },
    };
    return greet(line, this.era, { initialize: '{}', discover: '{}', modernFirst });
  }
}

test('a server is greeted in the era of its client first, then in the other', async () => {
  for (const [answers, modernFirst, log, revision] of [
    [{ initialize: initialized, 'server/discover': discovered }, true, ['server/discover'], '2026-07-28'],
    [{ initialize: initialized, 'server/discover': discovered }, false, ['initialize'], '2025-11-25'],
    [{ initialize: initialized }, true, ['server/discover', 'initialize'], '2025-11-25'],
    [{ 'server/discover': discovered }, false, ['initialize', 'server/discover'], '2026-07-28'],
  ] as const) {
    for (const ownStreams of [true, false]) {
      const target = new Target(answers, ownStreams);
      const { hello } = await target.greet(modernFirst);
      assert.deepEqual(target.log, ['open', ...log]);
      assert.equal(hello.revision, revision);
    }
  }
});

test('what was found out is not asked again', async () => {
  const older = new Target({ initialize: initialized });
  await older.greet(true);
  await older.greet(true);
  assert.deepEqual(older.log, ['open', 'server/discover', 'initialize', 'open', 'initialize']);
  const newer = new Target({ 'server/discover': discovered });
  await newer.greet(false);
  await newer.greet(false);
  await newer.greet(true);
  assert.deepEqual(newer.log, ['open', 'initialize', 'server/discover', 'open', 'open']);
});

test('a server that was replaced by one of the other era is greeted anew', async () => {
  const target = new Target({ initialize: initialized });
  await target.greet(true);
  target.answers = { 'server/discover': discovered };
  assert.equal((await target.greet(true)).hello.revision, '2026-07-28');
});

test('HTTP statuses of misunderstanding lead to the other era, all others fail', async () => {
  for (const [status, leads] of [
    [400, true],
    [404, true],
    [405, true],
    [401, false],
    [403, false],
    [429, false],
    [500, false],
    [503, false],
    [0, false],
  ] as const) {
    const target = new Target({
      initialize: initialized,
      'server/discover': new TargetError(`answered HTTP ${status}`, { status }),
    });
    const greeting = target.greet(true);
    if (leads) assert.equal((await greeting).hello.revision, '2025-11-25');
    else await assert.rejects(greeting, /answered HTTP/);
    assert.equal(target.log.includes('initialize'), leads, String(status));
  }
});

test('a process that ends at the first greeting is started again for the other', async () => {
  const target = new Target({ 'server/discover': ended, initialize: initialized }, false);
  assert.equal((await target.greet(true)).hello.revision, '2025-11-25');
  assert.deepEqual(target.log, ['open', 'server/discover', 'open', 'initialize']);
});

test(
  'a process that is silent is greeted in both ways, and the answer that comes counts',
  { timeout: 10_000 },
  async () => {
    const target = new Target({ 'server/discover': 'silence', initialize: initialized }, false);
    assert.equal((await target.greet(true)).hello.revision, '2025-11-25');
    assert.deepEqual(target.log, ['open', 'server/discover', 'initialize']);
  },
);

test('a server of 2026-07-28 that does not discover, or answers a handshake, is spoken to without a session', async () => {
  for (const modernFirst of [true, false]) {
    const reticent = await new Target({}).greet(modernFirst);
    assert.deepEqual([reticent.hello.revision, reticent.hello.tools], ['2026-07-28', true]);
    const result = { protocolVersion: '2026-07-28', capabilities: { prompts: {} }, serverInfo: {} };
    const polite = await new Target({ initialize: { result } }).greet(modernFirst);
    assert.deepEqual([polite.hello.revision, polite.hello.tools, polite.hello.prompts], ['2026-07-28', false, true]);
  }
});

test('a server that refuses the version and then names it is asked again, once', async () => {
  const data = { supported: ['2026-07-28'] };
  const refusal = { error: { code: -32022, message: 'Unsupported protocol version', data } };
  const target = new Target({ 'server/discover': [refusal, discovered] });
  assert.equal((await target.greet(true)).hello.revision, '2026-07-28');
  assert.deepEqual(target.log, ['open', 'server/discover', 'server/discover']);
  const stubborn = new Target({ 'server/discover': [refusal, refusal], initialize: initialized });
  assert.equal((await stubborn.greet(true)).hello.revision, '2025-11-25');
});

test('a server that knows neither fails with what it said of the handshake', async () => {
  const refusal = { error: { code: -32603, message: 'no licence' } };
  for (const modernFirst of [true, false]) {
    await assert.rejects(new Target({ initialize: refusal }).greet(modernFirst), /refused to initialize: no licence/);
  }
});
