import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Schema, SchemaFile } from '../../src/llm/testing/schema.ts';

const folder = join(import.meta.dirname, '../../src/llm/testing/testdata');

/** Writes an extract, one definition a line: small, and a change of the vendor's reads well in a diff. */
export function writeSchemaFile(name: string, file: SchemaFile): void {
  const lines = [
    '{',
    `"origin": ${JSON.stringify(file.origin)},`,
    `"roots": ${members(file.roots)},`,
    `"defs": ${members(file.defs)}`,
    '}',
  ];
  writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
  process.stdout.write(`${name}: ${String(Object.keys(file.defs).length)} definitions\n`);
}

function members(schemas: Readonly<Record<string, Schema>>): string {
  const entries = Object.keys(schemas).toSorted();
  return `{\n${entries.map((name) => `${JSON.stringify(name)}: ${JSON.stringify(schemas[name])}`).join(',\n')}\n}`;
}
