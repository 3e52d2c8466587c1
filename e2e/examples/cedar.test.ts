import { test } from 'node:test';
import { example } from './example.ts';

test('the example of Cedar does what its README says', { timeout: 60_000 }, async (t) => {
  const cedar = await example(t, 'cedar');
  await cedar.validates();
  await cedar.start();
  for (const id of [1, 2, 3, 4, 5]) await cedar.runAsShown(`/documents/${id}`);
  for (const path of ['/models/small', '/models/large', '/chat/completions']) await cedar.runAsShown(path);
  cedar.allWereRun();
});
