import { isJsonRecord } from '../../json/parse.ts';
import type { Drops } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { Extra } from '../../pivot/request.ts';
import { TARGET } from './write-content.ts';

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const oneOf =
  (...values: readonly string[]) =>
  (value: unknown): boolean =>
    typeof value === 'string' && values.includes(value);

/** Members of OpenAI's other API that this one has too: by their name there, the values that it takes. */
const SHARED: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['metadata', isMetadata],
  ['prompt_cache_key', isText],
  ['prompt_cache_retention', oneOf('in_memory', '24h')],
  ['safety_identifier', isText],
  ['service_tier', oneOf('auto', 'default', 'flex', 'scale', 'priority')],
]);
const isVerbosity: (value: unknown) => boolean = oneOf('low', 'medium', 'high');

/** What extras become. */
export interface WrittenExtras {
  readonly members: JsonObject;
  /** Of `text`. */
  readonly verbosity: unknown;
}

/** Keeps what this API has a member for, and reports the rest. @throws LlmBadRequest */
export function writeExtras(extras: readonly Extra[], drops: Drops): WrittenExtras {
  const members: Record<string, unknown> = {};
  let verbosity: unknown;
  for (const extra of extras) {
    const { path, value } = extra;
    if ((path === 'verbosity' || path === 'text.verbosity') && isVerbosity(value)) verbosity = value;
    else if (SHARED.get(path)?.(value) === true) members[path] = value;
    else drops.extra(extra, TARGET);
  }
  const order = [...SHARED.keys()].filter((name) => name in members);
  return { members: Object.fromEntries(order.map((name) => [name, members[name]])), verbosity };
}

/** At most 16 pairs of strings, as OpenAI takes them. */
function isMetadata(value: unknown): boolean {
  if (!isJsonRecord(value)) return false;
  const pairs = Object.entries(value);
  return (
    pairs.length <= 16 && pairs.every(([key, one]) => key.length <= 64 && typeof one === 'string' && one.length <= 512)
  );
}
