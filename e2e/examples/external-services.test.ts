import { test } from 'node:test';
import { example } from './example.ts';

test('the example of external services does what its README says', { timeout: 60_000 }, async (t) => {
  const services = await example(t, 'external-services');
  await services.validates();
  await services.start();
  await services.runAsShown('/orders');
  await services.runAsShown('/accounts');
  services.allWereRun();
});
