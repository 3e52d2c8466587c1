import { LlmBadRequest } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { Extra } from '../../pivot/request.ts';
import { optionalArray, optionalObject } from '../completions/fields.ts';

/** Members that the pivot has a place for, or that ask for what is done anyway. */
const READ: ReadonlySet<string> = new Set([
  'model',
  'input',
  'instructions',
  'stream',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'temperature',
  'top_p',
  'max_output_tokens',
  'text',
  'reasoning',
  'user',
]);

/** Members without which the answer means the same. */
const HINTS: ReadonlySet<string> = new Set([
  'access_programs',
  'client_metadata',
  'context_management',
  'image',
  'max_tool_calls',
  'metadata',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'service_tier',
  'stream_options',
  'truncation',
]);

/** Values that say what holds anyway. Nothing is stored, and sealed reasoning is always given. */
const DEFAULTS: ReadonlyMap<string, string> = new Map([
  ['background', 'false'],
  ['service_tier', '"auto"'],
  ['store', 'false'],
  ['top_logprobs', '0'],
  ['truncation', '"disabled"'],
  ['stream_options', '{"include_obfuscation":false}'],
]);

/** Members that continue or begin what only a server with a store knows, and what to do instead. */
const STORED: ReadonlyMap<string, string> = new Map([
  ['previous_response_id', 'send the items of the conversation as input'],
  ['conversation', 'send the items of the conversation as input'],
  ['background', 'send the request without it, and wait for the answer or stream it'],
  ['prompt', 'send the text of the template as instructions and input'],
]);

/**
 * Collects the members of a body that the pivot has no place for. Null, and what is the default anyway, says nothing.
 *
 * @throws LlmBadRequest for what needs OpenAI's own store: to ignore it would answer another request
 */
export function readExtras(body: JsonObject, extras: Extra[]): void {
  for (const [path, value] of Object.entries(body)) {
    if (READ.has(path) || value === null || value === undefined) continue;
    const text = JSON.stringify(value);
    if (DEFAULTS.get(path) === text || text === '[]' || text === '{}') continue;
    const instead = STORED.get(path);
    if (instead !== undefined) {
      throw new LlmBadRequest(`${path} is only known where responses are stored, which is not here: ${instead}`, path);
    }
    if (path === 'include') noteInclude(value, extras);
    else if (path === 'safety_identifier') noteIdentifier(body, extras);
    else if (path === 'store') extras.push({ path, value, kind: 'hint' });
    else extras.push({ path, value, kind: HINTS.has(path) ? 'hint' : 'meaning' });
  }
  noteAdvice(body, 'text', { verbosity: 'medium' }, extras);
  noteAdvice(
    body,
    'reasoning',
    { summary: 'auto', generate_summary: 'auto', context: 'auto', mode: 'standard' },
    extras,
  );
}

/** Reasoning is always given sealed, so only what else is to be included is left out. */
function noteInclude(value: unknown, extras: Extra[]): void {
  const others = optionalArray(value, 'include').filter((one) => one !== 'reasoning.encrypted_content');
  if (others.length > 0) extras.push({ path: 'include', value: others, kind: 'hint' });
}

/** It names the end user; where `user` does too, that one is. */
function noteIdentifier(body: JsonObject, extras: Extra[]): void {
  const { user, safety_identifier: value } = body;
  if (user !== undefined && user !== null) extras.push({ path: 'safety_identifier', value, kind: 'hint' });
}

/** Members of an object that only advise; `usual` are their values that say what holds anyway. */
function noteAdvice(body: JsonObject, path: string, usual: JsonObject, extras: Extra[]): void {
  const object = optionalObject(body[path], path) ?? {};
  for (const [name, value] of Object.entries(object)) {
    if (value === null || value === usual[name] || name === 'format' || name === 'effort') continue;
    extras.push({ path: `${path}.${name}`, value, kind: 'hint' });
  }
}
