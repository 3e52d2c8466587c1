import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readDocument } from './document.ts';
import { formatErrors } from './format.ts';
import { parseConfig, type ParsedConfig } from './parse-config.ts';

/*
 * `testdata/valid` holds configurations, beside each what becomes of it; `testdata/invalid` holds others, beside each its
 * errors. `node src/config/load/golden.test.ts --update` writes them anew.
 */
const folder = join(import.meta.dirname, 'testdata');
const update = process.argv.includes('--update');
const env = {
  HOME: '/home/w',
  PORT: '8080',
  API_KEY: 'sk-shown-nowhere',
  HOST: 'api',
  WEIGHT: '3',
  QUOTED_NUMBER: '7',
};

/** Wrong in ways that a JSON Schema cannot tell. */
const beyondJsonSchema: ReadonlySet<string> = new Set([
  'addresses.yaml',
  'duplicate.yaml',
  'expressions.yaml',
  'merge.yaml',
  'syntax.yaml',
  'variables.yaml',
]);

for (const name of sources('valid')) {
  test(`${name} is read as recorded`, () => {
    const parsed = parse('valid', name);
    assert.ok(parsed.ok, parsed.ok ? '' : formatErrors(parsed.errors));
    golden(join(folder, 'valid', `${name}.golden`), `${JSON.stringify(parsed.config, readable, 1)}\n`);
  });
}

for (const name of sources('invalid')) {
  test(`${name} is refused as recorded, without showing a secret`, () => {
    const parsed = parse('invalid', name);
    assert.ok(!parsed.ok);
    const text = `${formatErrors(parsed.errors)}\n`;
    assert.doesNotMatch(text, /shown-nowhere|87654321|12345678|alice-hash/);
    golden(join(folder, 'invalid', `${name}.golden`), text);
  });
}

test('the JSON Schema accepts the valid files and refuses the invalid ones', () => {
  const schema: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '../../../schema/config.json'), 'utf8'));
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema as object);
  for (const name of sources('valid')) {
    const value = readDocument(source('valid', name), env).value ?? {};
    assert.equal(validate(value), true, `${name}: ${JSON.stringify(validate.errors)}`);
  }
  for (const name of sources('invalid').filter((file) => !beyondJsonSchema.has(file))) {
    assert.equal(validate(readDocument(source('invalid', name), env).value), false, name);
  }
});

function sources(kind: string): readonly string[] {
  return readdirSync(join(folder, kind)).filter((name) => !name.endsWith('.golden'));
}

function source(kind: string, name: string): string {
  return readFileSync(join(folder, kind, name), 'utf8');
}

function parse(kind: string, name: string): ParsedConfig {
  return parseConfig(source(kind, name), { fileName: name, env });
}

function golden(path: string, text: string): void {
  if (update) writeFileSync(path, text);
  assert.equal(text, readFileSync(path, 'utf8'));
}

function readable(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? { bytes: Buffer.from(value).toString('utf8') } : value;
}
