import type { JsonObject } from '../../pivot/format.ts';
import type { Extra } from '../../pivot/request.ts';

/** Members that the pivot has a place for. */
const READ = new Set([
  'model',
  'messages',
  'stream',
  'tools',
  'functions',
  'tool_choice',
  'function_call',
  'parallel_tool_calls',
  'temperature',
  'top_p',
  'top_k',
  'seed',
  'frequency_penalty',
  'presence_penalty',
  'max_tokens',
  'max_completion_tokens',
  'stop',
  'response_format',
  'reasoning_effort',
  'thinking',
  'user',
]);

/** Members without which the answer means the same. A prediction only makes it faster. */
const HINTS = new Set([
  'metadata',
  'prediction',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'safety_identifier',
  'service_tier',
]);

/** Values that say what holds anyway. */
const DEFAULTS: ReadonlyMap<string, string> = new Map([
  ['n', '1'],
  ['logprobs', 'false'],
  ['logit_bias', '{}'],
  ['modalities', '["text"]'],
  ['verbosity', '"medium"'],
]);

/**
 * Collects the members of a body that the pivot has no place for: `n`, `logprobs`, `audio`, `web_search_options`, what
 * only some servers know … Null, and what is the default anyway, says nothing.
 */
export function readExtras(body: JsonObject, extras: Extra[]): void {
  for (const [path, value] of Object.entries(body)) {
    if (READ.has(path) || value === null || value === undefined) continue;
    if (path === 'stream_options') noteStreamOptions(value, extras);
    else if (DEFAULTS.get(path) !== JSON.stringify(value)) extras.push({ path, value, kind: kindOf(path, value) });
  }
}

function kindOf(path: string, value: unknown): Extra['kind'] {
  // Not to be kept is what every other API does; to be kept is a promise to find it again.
  if (path === 'store') return value === true ? 'meaning' : 'hint';
  return HINTS.has(path) ? 'hint' : 'meaning';
}

function noteStreamOptions(value: unknown, extras: Extra[]): void {
  for (const [name, option] of Object.entries(value as object)) {
    if (name === 'include_usage' || option === null) continue;
    extras.push({ path: `stream_options.${name}`, value: option, kind: 'hint' });
  }
}
