import { test } from 'node:test';
import { example } from './example.ts';

test('the http example does what its README says', { timeout: 60_000 }, async (t) => {
  const http = await example(t, 'http');
  await http.validates();
  await http.start();
  await http.runAsShown('/hello');
  await http.runAsShown('/orders/7');
  http.allWereRun();
});
