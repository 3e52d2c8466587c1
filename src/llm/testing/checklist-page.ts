import type { Checklist, Clause } from './checklist.ts';

/** The page of what the translations do: every clause, the choices that were made, and what no source was found for. */
export function checklistPage({ sections, clauses }: Checklist): string {
  const unverified = clauses.filter(({ source }) => source === 'unverified');
  return [
    '# What the translations promise',
    '',
    'Generated from `src/llm/testdata/checklist.json` by `npm run gen`; do not edit.',
    '',
    `The translations between LLM APIs follow ${String(clauses.length)} clauses. Each has golden cases or tests, and the`,
    'build fails on a clause without one and on a golden case without a clause. A source is where the rule was checked: the',
    "types of a vendor's SDK, its description of its API, a page, an observation, or the gateway's own choice where the",
    'vendor leaves one.',
    '',
    '## Not verified',
    '',
    ...(unverified.length === 0
      ? ['Every clause has a source.']
      : ['For these no source was found that could be checked:', '', ...table(unverified, false)]),
    '',
    ...Object.entries(sections).flatMap(([number, title]) => {
      const own = clauses.filter(({ id }) => id.startsWith(`${number}-`));
      return own.length === 0 ? [] : [`## ${title}`, '', ...table(own, true), ''];
    }),
  ].join('\n');
}

function table(clauses: readonly Clause[], sources: boolean): readonly string[] {
  const head = sources
    ? ['| Clause | What holds | Source |', '|---|---|---|']
    : ['| Clause | What holds |', '|---|---|'];
  return [...head, ...clauses.map((clause) => row(clause, sources))];
}

function row({ id, clause, source }: Clause, sources: boolean): string {
  const text = clause.replaceAll('|', String.raw`\|`);
  return sources ? `| \`${id}\` | ${text} | ${source.replaceAll('|', String.raw`\|`)} |` : `| \`${id}\` | ${text} |`;
}
