import assert from 'node:assert/strict';
import { test } from 'node:test';
import { example } from './example.ts';

test('the retries-and-timeouts example does what its README says', { timeout: 60_000 }, async (t) => {
  const retries = await example(t, 'retries-and-timeouts');
  await retries.validates();
  const waygate = await retries.start();
  assert.equal(await retries.run('/flaky'), 'worked on the second try\n');
  assert.equal(await retries.run('/bare'), 'not now\n');
  assert.match(await retries.run('/slow'), /^HTTP\/1\.1 504 /);
  assert.equal(await retries.run('x-delay: 500'), 'fine\n');
  assert.equal(await retries.run('x-fail: 1'), 'injected\n');
  retries.allWereRun();
  waygate.child.kill('SIGTERM');
  await waygate.ended;
  const line = (route: string): string =>
    waygate
      .stdout()
      .split('\n')
      .find((text) => text.includes(`route=default/${route} `)) ?? '';
  assert.match(line('bare'), / http\.status=503 /);
  assert.match(line('faults'), / duration=5\d\d(\.\d+)?ms/);
  assert.match(line('flaky'), / retry\.attempt=1 /);
});
