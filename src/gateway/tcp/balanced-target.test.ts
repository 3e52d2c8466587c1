import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { GatewayError } from '../../base/errors.ts';
import { SharedCell } from '../../telemetry/shared/cell.ts';
import { SharedCounters } from '../../telemetry/shared/counters.ts';
import { SharedLimit } from '../../telemetry/shared/limit.ts';
import type { EvictionSpec } from '../../model/health.ts';
import type { Dialer } from '../../net/upstream/dialer.ts';
import { FixedMembers, type MemberSource } from '../upstream/balance/member-source.ts';
import { Member } from '../upstream/balance/member.ts';
import { Selection } from '../upstream/balance/selection.ts';
import { BalancedTarget } from './balanced-target.ts';
import type { ConnectionAttributes } from './connection-attributes.ts';

/** An attempt at an endpoint, to be decided by the test. */
interface Attempt {
  readonly to: string;
  readonly succeed: () => Socket;
  readonly fail: (error?: GatewayError) => void;
  cancelled: boolean;
}

/** A target with these endpoints, in turn, and what became of its connections. */
function target(names: readonly string[], more: { eviction?: EvictionSpec; most?: number; late?: true } = {}) {
  const counters = new SharedCounters(1);
  const attempts: Attempt[] = [];
  const shared = {
    cell: (name: string) => new SharedCell(counters.slot(name)),
    limit: (name: string, maximum: number) => new SharedLimit(counters.slot(name), 0, maximum),
  };
  const members = names.map((name) => {
    const dial: Dialer['dial'] = (onSocket, onError) => {
      const attempt: Attempt = {
        to: name,
        succeed() {
          const socket = new PassThrough() as unknown as Socket;
          onSocket(socket, name);
          return socket;
        },
        fail: (error = new GatewayError('connectFailed')) => onError(error),
        cancelled: false,
      };
      attempts.push(attempt);
      return () => (attempt.cancelled = true);
    };
    const spec = {
      name,
      weight: 1,
      priority: 0,
      slots: name,
      most: more.most,
      eviction: more.eviction ?? null,
      slowStartMs: 0,
      onEviction: () => undefined,
    };
    const endpoint = { name, takesFramed: () => true, dispatch: () => assert.fail('no request is sent') };
    return new Member(spec, { endpoint, dialer: { name, dial } as Dialer }, () => undefined, shared);
  });
  const fixed = new FixedMembers(members);
  const source: MemberSource = more.late === true ? { ...late(fixed), close: () => undefined } : fixed;
  const chosen = new BalancedTarget('db', 'db:1', source, {
    selection: new Selection({ algorithm: 'roundRobin' }),
    affinity: null,
  });
  const outcomes: string[] = [];
  const dial = () =>
    chosen.dial({} as ConnectionAttributes, {
      onSocket: (_socket, address) => void outcomes.push(address),
      onError: (error) => void outcomes.push(error.reason),
    });
  return { members, attempts, outcomes, dial };
}

function late(source: MemberSource): Pick<MemberSource, 'current' | 'resolve'> {
  return { current: () => null, resolve: () => source.resolve() };
}

function pending(members: readonly Member[]): readonly number[] {
  return members.map(({ health }) => health.pending);
}

test('an endpoint to which no connection can be made is passed over at once, and left out from then on', () => {
  const { members, attempts, outcomes, dial } = target(['a', 'b'], { eviction: { durationMs: 60_000 } });
  assert.equal(dial().endpoint, 'a');
  attempts[0]?.fail();
  assert.equal(attempts[1]?.to, 'b');
  attempts[1]?.succeed();
  assert.deepEqual(outcomes, ['b']);
  assert.deepEqual([members[0]?.isOut, members[1]?.isOut], [true, false]);
  for (let i = 0; i < 4; i++) dial();
  assert.deepEqual(
    attempts.slice(2).map(({ to }) => to),
    ['b', 'b', 'b', 'b'],
  );
});

test('when no endpoint is well all are tried, each once, and the last says why it ends', () => {
  const { members, attempts, outcomes, dial } = target(['a', 'b'], { eviction: { durationMs: 60_000 } });
  for (let i = 0; i < 2; i++) {
    dial();
    attempts.at(-1)?.fail(new GatewayError('tlsFailed'));
    attempts.at(-1)?.fail();
  }
  assert.equal(attempts.length, 4);
  assert.deepEqual(outcomes, ['connectFailed', 'connectFailed']);
  assert.ok(members.every(({ isOut }) => isOut));
  dial();
  assert.equal(attempts.length, 5);
});

test('what this process lacks is no fault of the endpoint', () => {
  const { members, attempts, outcomes, dial } = target(['a'], { eviction: { durationMs: 60_000 } });
  dial();
  attempts[0]?.fail(new GatewayError('overloaded'));
  assert.deepEqual(outcomes, ['overloaded']);
  assert.equal(members[0]?.isOut, false);
  assert.equal(members[0]?.health.health, 1);
});

test('a connection counts at its endpoint until it closes, fails or is given up, and only once', () => {
  const { members, attempts, outcomes, dial } = target(['a'], { most: 1 });
  const first = dial();
  assert.deepEqual(pending(members), [1]);
  assert.throws(dial, { reason: 'overloaded' });
  const socket = attempts[0]?.succeed();
  first.cancel();
  assert.deepEqual(pending(members), [1]);
  socket?.emit('close');
  assert.deepEqual(pending(members), [0]);
  const second = dial();
  attempts[1]?.fail();
  second.cancel();
  const third = dial();
  assert.deepEqual(pending(members), [1]);
  third.cancel();
  assert.equal(attempts[2]?.cancelled, true);
  third.cancel();
  assert.deepEqual(pending(members), [0]);
  dial();
  assert.deepEqual(outcomes, ['a', 'connectFailed']);
});

test('endpoints that have to be asked for are dialled later, or never once the client has left', async () => {
  const { attempts, dial } = target(['a'], { late: true });
  dial().cancel();
  assert.equal(dial().endpoint, 'db:1');
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(
    attempts.map(({ to }) => to),
    ['a'],
  );
  const none = target([], { late: true });
  none.dial();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(none.outcomes, ['noBackend']);
  assert.throws(target([]).dial, { reason: 'noBackend' });
});
