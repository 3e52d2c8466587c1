import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedCounters } from '../../telemetry/shared/counters.ts';
import { SharedLimit } from '../../telemetry/shared/limit.ts';
import { workerOne } from '../testdata/fetch-harness.ts';
import { SessionPlaces, type Yielding } from './session-places.ts';

test('of all endpoints of a backend the one gives way that has the session which is idle for longest', (t) => {
  const places = new SessionPlaces(
    new SharedLimit(new SharedCounters(1).slot('sessions'), 0, 1),
    'backend',
    workerOne(),
    10,
  );
  t.after(() => places.close());
  const gaveWay: string[] = [];
  const join = (name: string, idlestMs: number): (() => void) => {
    const endpoint: Yielding = {
      idlestMs,
      giveWay() {
        gaveWay.push(name);
        places.release();
      },
    };
    return places.join(endpoint);
  };
  join('empty', -1);
  join('busy', 9);
  assert.ok(places.take());
  assert.equal(places.take(), false);
  join('idle', 10);
  const leave = join('idlest', 11);
  assert.ok(places.take());
  leave();
  assert.ok(places.take());
  assert.deepEqual(gaveWay, ['idlest', 'idle']);
});
