import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually, send } from '../../testkit/client.ts';
import { example } from './example.ts';

test('the example of Cedar does what its README says', { timeout: 60_000 }, async (t) => {
  const cedar = await example(t, 'cedar');
  await cedar.validates();
  await cedar.start();
  for (const id of [1, 2, 3, 4, 5]) await cedar.runAsShown(`/documents/${id}`);
  for (const path of ['/models/small', '/models/large', '/chat/completions']) await cedar.runAsShown(path);
  cedar.allWereRun();
});

test('a policy that is added to the folder decides the next requests', { timeout: 60_000 }, async (t) => {
  const cedar = await example(t, 'cedar');
  await cedar.start();
  const headers = { authorization: 'Bearer key-of-bob' };
  const status = async (): Promise<number> => (await send(cedar.port(8080), { path: '/documents/1', headers })).status;
  assert.equal(await status(), 200);
  const file = join(cedar.folder, 'policies', 'night.cedar');
  writeFileSync(file, '@id("closed") forbid(principal, action, resource);');
  await eventually(async () => (await status()) === 403, 'the new policy');
  writeFileSync(file, '@id("closed") forbid(principal, action, resource) when {');
  assert.equal(await status(), 403);
  rmSync(file);
  await eventually(async () => (await status()) === 200, 'the policies as they were');
});
