import { test } from 'node:test';
import { example } from './example.ts';

test('the example of limits does what its README says', { timeout: 60_000 }, async (t) => {
  const limits = await example(t, 'limits');
  await limits.validates();
  await limits.start();
  for (const path of ['/first', '/second', '/third', '/fourth']) await limits.runAsShown(path);
  await limits.runAsShown('/reports/1');
  limits.allWereRun();
});
