import type { JsonObject } from '../../pivot/format.ts';
import type { OutputFormat, PivotRequest, Reasoning, Sampling } from '../../pivot/request.ts';
import type { Extras } from './extras.ts';
import {
  arrayAt,
  booleanOrNull,
  integerOrNull,
  member,
  numberOrNull,
  optionalObject,
  refuse,
  stringAt,
  stringOrNull,
} from './members.ts';
import { readSchema } from './read-schema.ts';

const path = 'generationConfig';
const known: ReadonlySet<string> = new Set([
  'temperature',
  'topP',
  'topK',
  'seed',
  'presencePenalty',
  'frequencyPenalty',
  'maxOutputTokens',
  'stopSequences',
  'responseMimeType',
  'responseSchema',
  'responseJsonSchema',
  '_responseJsonSchema',
  'thinkingConfig',
  'candidateCount',
  'responseModalities',
  'responseLogprobs',
]);
const hints: ReadonlySet<string> = new Set([
  'mediaResolution',
  'audioTimestamp',
  'routingConfig',
  'modelSelectionConfig',
  'modelConfig',
  'enableAffectiveDialog',
]);
const levels: Readonly<Record<string, Reasoning['effort']>> = {
  MINIMAL: 'minimal',
  LOW: 'low',
  MEDIUM: 'medium',
  HIGH: 'high',
};
const thinkingKnown: ReadonlySet<string> = new Set(['includeThoughts', 'thinkingBudget', 'thinkingLevel']);
const none: ReadonlySet<string> = new Set();

/** What `generationConfig` says of a request. */
export type ReadConfig = Pick<PivotRequest, 'sampling' | 'maxTokens' | 'stop' | 'output' | 'reasoning'>;

/** Reads `generationConfig`. @throws LlmBadRequest */
export function readConfig(body: JsonObject, extras: Extras): ReadConfig {
  const config = optionalObject(member(body, path), path) ?? {};
  extras.rest(config, known, hints, path);
  readRest(config, extras);
  return {
    sampling: readSampling(config),
    maxTokens: integerOrNull(member(config, 'maxOutputTokens'), `${path}.maxOutputTokens`, 1),
    stop: arrayAt(member(config, 'stopSequences'), `${path}.stopSequences`)
      .map((value, index) => stringAt(value, `${path}.stopSequences[${index}]`))
      .filter((value) => value !== ''),
    output: readOutput(config, extras),
    reasoning: readReasoning(config, extras),
  };
}

/** Members that mean something only with some values. */
function readRest(config: JsonObject, extras: Extras): void {
  const count = integerOrNull(member(config, 'candidateCount'), `${path}.candidateCount`, 1);
  if (count !== null && count > 1) extras.meaning(`${path}.candidateCount`, count);
  const modalities = arrayAt(member(config, 'responseModalities'), `${path}.responseModalities`);
  if (modalities.some((modality) => modality !== 'TEXT')) extras.meaning(`${path}.responseModalities`, modalities);
  const logprobs = booleanOrNull(member(config, 'responseLogprobs'), `${path}.responseLogprobs`);
  if (logprobs === true) extras.meaning(`${path}.responseLogprobs`, true);
}

function readSampling(config: JsonObject): Sampling {
  const number = (name: string): number | null => numberOrNull(member(config, name), `${path}.${name}`);
  return {
    temperature: number('temperature'),
    topP: number('topP'),
    topK: number('topK'),
    seed: number('seed'),
    frequencyPenalty: number('frequencyPenalty'),
    presencePenalty: number('presencePenalty'),
  };
}

function readOutput(config: JsonObject, extras: Extras): OutputFormat | null {
  const at = `${path}.responseMimeType`;
  const type = stringOrNull(member(config, 'responseMimeType'), at) ?? '';
  const raw = config['_responseJsonSchema'] ?? member(config, 'responseJsonSchema');
  const schema = optionalObject(raw, `${path}.responseJsonSchema`);
  const older = optionalObject(member(config, 'responseSchema'), `${path}.responseSchema`);
  const hasSchema = schema !== undefined || older !== undefined;
  if (type === '' || type === 'text/plain') return hasSchema ? refuse(at, 'application/json with a schema') : null;
  if (type !== 'application/json') {
    extras.meaning(at, type);
    return null;
  }
  if (!hasSchema) return { kind: 'json' };
  return { kind: 'schema', name: 'response', schema: schema ?? readSchema(older ?? {}), strict: null };
}

/** A budget of 0 turns thinking off, -1 leaves it to the model; so does asking for thoughts alone. */
function readReasoning(config: JsonObject, extras: Extras): Reasoning | null {
  const at = `${path}.thinkingConfig`;
  const thinking = optionalObject(member(config, 'thinkingConfig'), at);
  if (thinking === undefined) return null;
  extras.rest(thinking, thinkingKnown, none, at);
  const budget = integerOrNull(member(thinking, 'thinkingBudget'), `${at}.thinkingBudget`, -1);
  const said = stringOrNull(member(thinking, 'thinkingLevel'), `${at}.thinkingLevel`)?.toUpperCase() ?? null;
  const shows = booleanOrNull(member(thinking, 'includeThoughts'), `${at}.includeThoughts`);
  if (said !== null && said !== 'THINKING_LEVEL_UNSPECIFIED') {
    const effort = levels[said] ?? refuse(`${at}.thinkingLevel`, 'MINIMAL, LOW, MEDIUM or HIGH');
    return { effort, budgetTokens: null };
  }
  if (budget === 0) return { effort: 'none', budgetTokens: null };
  if (budget !== null && budget > 0) return { effort: null, budgetTokens: budget };
  return budget === -1 || shows === true ? { effort: null, budgetTokens: null } : null;
}
