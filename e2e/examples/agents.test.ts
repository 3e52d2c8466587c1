import { test } from 'node:test';
import { example } from './example.ts';

test('the example of agents does what its README says', { timeout: 60_000 }, async (t) => {
  const agents = await example(t, 'agents');
  await agents.validates();
  await agents.start();
  for (const text of ['agent-card.json', '"id":1,', '"id":2,', '/tasks/t1', '/tasks/sealed', '"id":3,']) {
    await agents.runAsShown(text);
  }
  agents.allWereRun();
});
