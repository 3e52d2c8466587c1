/** The snippets of docs/credentials.md are valid configuration. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadModel } from '../../src/config/source.ts';

const testdata = join(import.meta.dirname, '../../src/config/testdata/certs');
const page = readFileSync(join(import.meta.dirname, '../../docs/credentials.md'), 'utf8');
const blocks = [...page.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, text = '']) => text);
/** Whole files as they are; lists of alternatives one by one, each at a backend. */
const files = blocks.flatMap((block) => {
  if (!/^backendAuth:/m.test(block)) return [block];
  return block
    .split(/^(?=backendAuth:)/m)
    .filter((part) => part.startsWith('backendAuth:'))
    .map((part) => {
      const policies = part.replaceAll(/^(?=.)/gm, '      ');
      return `gateways: { default: { port: 1 } }\nroutes:\n- backends:\n  - host: a.test:1\n    policies:\n${policies}`;
    });
});

test('every snippet is valid', async (t) => {
  assert.equal(files.length, 19);
  const folder = mkdtempSync(join(tmpdir(), 'waygate-docs-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'secrets'));
  writeFileSync(join(folder, 'secrets/key.txt'), 'key');
  copyFileSync(join(testdata, 'signing-key.pem'), join(folder, 'secrets/signing.pem'));
  writeFileSync(join(folder, 'service-account.json'), '{"type":"service_account"}');
  const names = ['OPENAI_API_KEY', 'KEY', 'KEY_ID', 'TENANT', 'APP', 'SECRET', 'ID'];
  const env = Object.fromEntries(names.map((name) => [name, 'some-value']));
  for (const text of files) {
    const loaded = await loadModel({ kind: 'inline', text, name: 'docs.yaml', folder, env });
    assert.ok(loaded.ok, loaded.ok ? '' : `${text}\n${loaded.errors}`);
    assert.deepEqual(loaded.warnings, []);
    assert.match(JSON.stringify(loaded.model.binds), /"backendAuth":\{"kind":/);
  }
});
