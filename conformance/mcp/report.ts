/** The parts of the README that say what came out; `UPDATE_RESULTS=1` writes them anew. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectedFailures } from './expected.ts';
import type { Topology } from './gateway.ts';
import type { Eras } from './server/eras.ts';
import type { Suite } from './suite.ts';

/** How many of the required scenarios passed in one cell. */
export interface CellResult {
  readonly suite: Suite;
  readonly upstream: Eras;
  readonly topology: Topology;
  readonly passed: number;
  readonly required: number;
}

const readme = join(import.meta.dirname, 'README.md');

const upstreams: Readonly<Record<Eras, string>> = {
  both: 'both eras',
  older: 'sessions only',
  newer: '2026-07-28 only',
};

/** The table of results, and what is known not to pass. */
export function serverSection(results: readonly CellResult[]): string {
  const rows = new Map<string, string[]>();
  for (const { suite, upstream, passed, required } of results) {
    const key = `| ${suite.version} | ${suite.revision} | ${upstreams[upstream]} |`;
    rows.set(key, [...(rows.get(key) ?? []), ` ${passed} of ${required} |`]);
  }
  const failures = expectedFailures.map(
    ({ scenario, checks, revision, upstream, quote, source, because }) =>
      `- \`${scenario}\` (${checks.map((check) => `\`${check}\``).join(', ')}), ${revision}, ${upstreams[upstream]}:\n` +
      `  “${quote}” (${source}). ${because}`,
  );
  return [
    '| suite | revision | upstream | alone | federated |',
    '|---|---|---|---|---|',
    ...Array.from(rows, ([key, cells]) => key + cells.join('')),
    '',
    'What does not pass:',
    '',
    ...failures,
  ].join('\n');
}

/** The table of scenarios for clients: name, and the suites that it passes in. */
export function clientSection(results: ReadonlyMap<string, readonly string[]>): string {
  return [
    '| scenario | passes in |',
    '|---|---|',
    ...Array.from(results, ([scenario, passed]) => `| \`${scenario}\` | ${passed.join('; ')} |`),
  ].join('\n');
}

/** Fails when the README says something else between `<!-- name -->` and `<!-- end of name -->`. */
export function checkSection(name: string, text: string): void {
  const [open, close] = [`<!-- ${name} -->\n`, `\n<!-- end of ${name} -->`];
  const all = readFileSync(readme, 'utf8');
  const start = all.indexOf(open) + open.length;
  const end = all.indexOf(close);
  assert.ok(start >= open.length && end >= start, `the README has no part "${name}"`);
  if (process.env['UPDATE_RESULTS'] === '1') writeFileSync(readme, all.slice(0, start) + text + all.slice(end));
  else assert.equal(all.slice(start, end), text, 'the README says something else; UPDATE_RESULTS=1 writes it anew');
}
