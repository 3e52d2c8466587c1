import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { upstreamFormats } from '../../src/llm/formats/table.ts';
import { pivotRequest, requestContext, type PartialRequest } from '../../src/llm/formats/testing/pivot.ts';
import { Drops, LlmBadRequest } from '../../src/llm/pivot/drops.ts';
import { dialects } from '../../src/llm/formats/completions/dialects.ts';

/** What becomes of a member that a format has no place for. */
export type DropKind = 'hint' | 'meaning';

const formats = new URL('../../src/llm/formats/', import.meta.url);

/** Notes as what each member was left out. */
class NotedDrops extends Drops {
  readonly kinds: Map<string, Set<DropKind>> = new Map();

  override hint(path: string): void {
    this.#note(path, 'hint');
  }

  override meaning(path: string): void {
    this.#note(path, 'meaning');
  }

  #note(path: string, kind: DropKind): void {
    const general = path.replaceAll(/\[\d+\]/g, '[]');
    this.kinds.set(general, (this.kinds.get(general) ?? new Set()).add(kind));
  }
}

/** Every member that writing the golden requests of a format leaves out, and as what; extras of clients aside. */
export function dropsOf(format: string): ReadonlyMap<string, ReadonlySet<DropKind>> {
  const upstream = upstreamFormats.get(format);
  const drops = new NotedDrops('drop');
  const folder = goldenFolder(format);
  if (upstream === undefined || folder === undefined) return drops.kinds;
  for (const file of readdirSync(folder).sort()) {
    const golden = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as { readonly in: PartialRequest };
    const request = { ...pivotRequest(golden.in), extras: [] };
    try {
      upstream.writeRequest(request, { ...requestContext(request.model, 'drop'), drops });
    } catch (error) {
      if (!(error instanceof LlmBadRequest)) throw error;
    }
  }
  return new Map([...drops.kinds].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function goldenFolder(format: string): URL | undefined {
  const names = [
    format,
    format.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    format.replace('Chat', ''),
  ];
  return names
    .map((name) => new URL(`${name}/testdata/write-request/`, formats))
    .find((candidate) => existsSync(candidate));
}

/** What a dialect of chat has instead of OpenAI's members, one sentence each. */
export function dialectSentences(kind: string): readonly string[] {
  const dialect = dialects.get(kind);
  if (dialect === undefined) return [];
  const lacks = Object.entries(dialect.lacks ?? {});
  const listed = (wanted: DropKind): string =>
    lacks.flatMap(([name, found]) => (found === wanted ? [`\`${name}\``] : [])).join(', ');
  return [
    ...Object.entries(dialect.names ?? {}).map(([from, to]) => `\`${from}\` is sent as \`${to}\`.`),
    ...(dialect.topK === true ? ['`top_k` is sent.'] : []),
    ...(listed('hint') === '' ? [] : [`Left out and named: ${listed('hint')}.`]),
    ...(listed('meaning') === '' ? [] : [`Refused, or left out under \`unsupported: drop\`: ${listed('meaning')}.`]),
    ...(dialect.carefulEffort === true
      ? [
          '`reasoning_effort` is sent to models that are known to take it (`facts: { thinking: effort }` says so), else left out.',
        ]
      : []),
    ...(dialect.usageAlways === true ? ['`stream_options` is not sent: its streams always end with usage.'] : []),
    ...(dialect.required === undefined ? [] : [`The tool choice \`required\` is sent as \`${dialect.required}\`.`]),
    ...(dialect.choosesTools === true
      ? ['It reads no `tool_choice`: `none` sends no tools, a forced choice is refused or left out.']
      : []),
    ...(dialect.callIdLength === undefined
      ? []
      : [`Ids of tool calls become ${dialect.callIdLength} letters and digits, the same in every turn.`]),
    ...(dialect.looseJson === true ? ['Structured output is any JSON: a schema is refused or left out.'] : []),
    ...(dialect.prefix === true ? ['A last turn of the assistant’s is marked with `prefix: true`.'] : []),
  ];
}
