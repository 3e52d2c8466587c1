import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Drops } from './drops.ts';

test('what is left out is named in order and once, in the words of the client where they are known', () => {
  const drops = new Drops('drop');
  drops.hint('user');
  drops.hint('strict', { at: 'tools[0].strict' });
  drops.meaning('seed', 'this API');
  drops.hint('user');
  drops.hint('strict', { at: 'tools[0].strict' });
  assert.deepEqual(
    drops.as((member) => `own-${member}`),
    ['own-user', 'tools[0].strict', 'own-seed'],
  );
});

test('attack: hundreds of thousands of members that no one knows cost what they are long', () => {
  const drops = new Drops('reject');
  // One name after the other compared with all before it would be 10^11 comparisons.
  for (let i = 0; i < 400_000; i++) drops.extra({ path: `stream_options.x${i}`, value: 1, kind: 'hint' }, 'this API');
  assert.equal(drops.paths.length, 400_000);
});
