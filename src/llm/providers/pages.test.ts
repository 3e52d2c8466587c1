import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { files } from '../../../scripts/gen/providers.ts';
import { snippet } from '../../../scripts/provider-pages/pages.ts';
import { providerTexts } from '../../../scripts/provider-pages/texts.ts';
import { loadModel } from '../../config/source.ts';
import { providerRows } from '../../config/translate/providers.ts';

const keys = [...Object.values(providerRows).map((row) => row.keyVariable ?? 'NONE'), 'OWN_API_KEY'];
const env = Object.fromEntries(keys.map((name) => [name, 'k']));

test('every kind of provider has a page', () => {
  const kinds = Object.keys(providerRows).filter((kind) => kind !== 'demo');
  assert.deepEqual(Object.keys(providerTexts).toSorted(), [...kinds, 'custom'].toSorted());
});

test('the pages are those that npm run gen writes', () => {
  for (const { path, text } of files) {
    const committed = readFileSync(join(import.meta.dirname, '../../..', path), 'utf8');
    assert.ok(committed === text, `${path} is out of date: run npm run gen`);
  }
});

for (const [kind, text] of Object.entries(providerTexts)) {
  test(`the configuration of the page of ${kind} loads without a remark`, async () => {
    const loaded = await loadModel({ kind: 'inline', text: snippet(text), name: 'page.yaml', folder: '.', env });
    assert.ok(loaded.ok, loaded.ok ? '' : loaded.errors);
    assert.deepEqual(loaded.warnings, []);
  });
}
