import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Logger } from '../../base/logger.ts';
import { KeyedTable } from '../../telemetry/shared/keyed-table.ts';
import { ClientLimit, clientsArea } from './client-limit.ts';

const workers = 2;

/** The limit of two connections in each worker, what they log, and how many they refused. */
function limits() {
  const buffer = new SharedArrayBuffer(KeyedTable.bytesOf(clientsArea('bind', workers).shape));
  const lines: string[] = [];
  const refused: [number, number] = [0, 0];
  const of = (worker: 0 | 1): ClientLimit =>
    new ClientLimit(2, {
      bind: 'bind',
      log: new Logger((line) => lines.push(line)),
      workers,
      area: (_name, bytes) => {
        assert.equal(bytes, buffer.byteLength);
        return { buffer, worker, workers };
      },
      onRefused: () => void (refused[worker] += 1),
    });
  return { limits: [of(0), of(1)] as const, lines, refused };
}

test('a client has its connections in all workers together, and others have theirs', () => {
  const {
    limits: [a, b],
    refused,
  } = limits();
  const first = a.enter('10.0.0.1');
  assert.ok(first !== null && b.enter('10.0.0.1') !== null);
  assert.deepEqual([a.enter('10.0.0.1'), b.enter('10.0.0.1')], [null, null]);
  assert.ok(b.enter('10.0.0.2') !== null);
  first();
  assert.ok(b.enter('10.0.0.1') !== null);
  assert.equal(a.enter('10.0.0.1'), null);
  assert.deepEqual(refused, [2, 1]);
});

test('addresses of one IPv6 network are one client', () => {
  const {
    limits: [a],
  } = limits();
  assert.ok(a.enter('2001:db8::1') !== null && a.enter('2001:db8::2') !== null);
  assert.equal(a.enter('2001:db8::3'), null);
  assert.ok(a.enter('2001:db8:0:1::1') !== null);
});

test('a flood is one line of the log and no more', () => {
  const {
    limits: [a],
    lines,
    refused,
  } = limits();
  for (let i = 0; i < 100; i++) a.enter('10.0.0.1');
  assert.deepEqual([refused[0], lines.length], [98, 1]);
  assert.match(lines[0] ?? '', /warn .*as many connections as it may.* bind=bind client=10\.0\.0\.1$/);
});

test('the memory stays small', () => {
  assert.ok(KeyedTable.bytesOf(clientsArea('bind', 4).shape) < 4_000_000);
});
