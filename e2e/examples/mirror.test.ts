import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../testkit/client.ts';
import { example } from './example.ts';

test('the mirror example does what its README says', { timeout: 60_000 }, async (t) => {
  const mirror = await example(t, 'mirror');
  await mirror.validates();
  const waygate = await mirror.start();
  await mirror.runAsShown('/orders');
  mirror.allWereRun();
  const lines = (): string[] =>
    waygate
      .stdout()
      .split('\n')
      .filter((line) => line.includes('http.path=/orders'));
  await eventually(() => lines().length >= 3, 'three lines of the access log');
  const status = (listener: string): string | undefined =>
    lines()
      .find((line) => line.includes(`listener=${listener} `))
      ?.match(/http\.status=(\d+)/)?.[1];
  assert.equal(lines().length, 3);
  assert.deepEqual([status('default'), status('current'), status('next')], ['200', '200', '500']);
  assert.ok(lines().some((line) => line.includes('listener=next ') && line.includes('body="{\\"order\\":7}"')));
});
