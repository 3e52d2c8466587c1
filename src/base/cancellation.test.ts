import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancellation } from './cancellation.ts';
import { sleep } from './clock.ts';

test('every listener that is still there hears of the end, once', () => {
  const signal = new Cancellation();
  const heard: string[] = [];
  const gone = (): void => void heard.push('gone');
  signal.addEventListener('abort', () => heard.push('one'));
  signal.addEventListener('abort', gone);
  signal.addEventListener('abort', () => heard.push('two'));
  signal.removeEventListener('abort', gone);
  assert.equal(signal.aborted, false);
  signal.abort();
  signal.abort();
  assert.equal(signal.aborted, true);
  assert.deepEqual(heard, ['one', 'two']);
});

test('a wait that is cancelled rejects with the reason', async () => {
  const signal = new Cancellation();
  const wait = sleep(60_000, signal);
  signal.abort();
  await assert.rejects(wait, (reason) => reason === signal.reason);
});
