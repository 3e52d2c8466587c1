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
  // Each worker writes its own lines: their order says nothing.
  const line = (route: string, status: number): string =>
    waygate
      .stdout()
      .split('\n')
      .find((text) => text.includes(`route=default/${route} `) && text.includes(` http.status=${status} `)) ?? '';
  assert.notEqual(line('bare', 503), '');
  assert.ok(Number(/ duration=([\d.]+)ms/.exec(line('faults', 200))?.[1]) >= 500, 'the answer was not delayed');
  assert.match(line('flaky', 200), / retry\.attempt=1 /);
});
