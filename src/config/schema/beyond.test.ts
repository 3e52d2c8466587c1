import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { files } from '../../../scripts/gen/config.ts';
import { beyondRows } from './beyond.ts';
import { localConfig } from './config.ts';
import { nodeOf, type Schema } from './kit/node.ts';
import { fieldOf } from './kit/walk.ts';
import { objectsOf } from './reference-page.ts';

test('every row of the table is a key that a file may have', () => {
  for (const { path } of beyondRows) {
    let level: readonly Schema<unknown>[] = [localConfig];
    for (const part of path.match(/[A-Za-z0-9_]+|\*|\[\]/g) ?? [])
      level = level.flatMap((schema) => step(schema, part));
    assert.ok(level.length > 0, path);
  }
});

test('every key and value that is marked as beyond the reference has a row', () => {
  const names = beyondRows.map((row) => row.path.split('.').at(-1));
  const types = beyondRows.map((row) => row.type);
  for (const node of objectsOf(localConfig)) {
    for (const [name, field] of Object.entries(node.fields)) {
      if (field.beyond === true) assert.ok(names.includes(name), `${node.name}.${name}`);
      for (const value of beyondValues(field.schema))
        assert.ok(types.includes(value), `${node.name}.${name}: ${value}`);
    }
  }
});

test('the generated files are those that npm run gen writes', () => {
  for (const file of files) {
    const committed = readFileSync(join(import.meta.dirname, '../../..', file.path), 'utf8');
    assert.ok(committed === file.text, `${file.path} is out of date: run npm run gen`);
  }
});

function step(schema: Schema<unknown>, part: string): readonly Schema<unknown>[] {
  const node = nodeOf(schema);
  if (node.kind === 'union') return node.branches.flatMap((branch) => step(branch, part));
  if (part === '[]') return node.kind === 'list' ? [node.item] : [];
  if (part === '*') return node.kind === 'map' ? [node.value] : [];
  const field = node.kind === 'object' ? fieldOf(node, part) : undefined;
  return field === undefined ? [] : [field.schema];
}

function beyondValues(schema: Schema<unknown>): readonly string[] {
  const node = nodeOf(schema);
  if (node.kind === 'union') return node.branches.flatMap(beyondValues);
  return node.kind === 'literals' ? node.beyond : [];
}
