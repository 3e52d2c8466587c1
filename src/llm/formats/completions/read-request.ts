import type { JsonObject } from '../../pivot/format.ts';
import type { Extra, OutputFormat, PivotRequest, Reasoning, Sampling } from '../../pivot/request.ts';
import {
  optionalArray,
  optionalBoolean,
  optionalInteger,
  optionalNumber,
  optionalObject,
  optionalString,
  refuse,
  requiredObject,
  requiredString,
} from './fields.ts';
import { readExtras } from './read-extras.ts';
import { readMessages } from './read-messages.ts';
import { readToolChoice, readTools } from './read-tools.ts';

const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

/** Reads a Chat Completions request (OpenAI API reference, "Create chat completion"). @throws LlmBadRequest */
export function readRequest(body: JsonObject): PivotRequest {
  const extras: Extra[] = [];
  const model = requiredString(body['model'], 'model');
  const { system, messages } = readMessages(body['messages'], extras);
  const streamOptions = optionalObject(body['stream_options'], 'stream_options');
  readExtras(body, extras);
  return {
    model,
    stream: optionalBoolean(body['stream'], 'stream') ?? false,
    includeUsage: optionalBoolean(streamOptions?.['include_usage'], 'stream_options.include_usage') ?? false,
    system,
    messages,
    tools: readTools(body, extras),
    toolChoice: readToolChoice(body, extras),
    parallelTools: optionalBoolean(body['parallel_tool_calls'], 'parallel_tool_calls'),
    sampling: readSampling(body),
    maxTokens:
      optionalInteger(body['max_completion_tokens'], 'max_completion_tokens', 1) ??
      optionalInteger(body['max_tokens'], 'max_tokens', 1),
    stop: readStop(body['stop']),
    output: readOutput(body['response_format'], extras),
    reasoning: readReasoning(body),
    user: optionalString(body['user'], 'user'),
    extras,
  };
}

function readSampling(body: JsonObject): Sampling {
  return {
    temperature: optionalNumber(body['temperature'], 'temperature'),
    topP: optionalNumber(body['top_p'], 'top_p'),
    topK: optionalInteger(body['top_k'], 'top_k', 0),
    seed: optionalNumber(body['seed'], 'seed'),
    frequencyPenalty: optionalNumber(body['frequency_penalty'], 'frequency_penalty'),
    presencePenalty: optionalNumber(body['presence_penalty'], 'presence_penalty'),
  };
}

/** Empty sequences would stop nothing, and providers refuse them. */
function readStop(stop: unknown): string[] {
  const all = typeof stop === 'string' ? [stop] : optionalArray(stop, 'stop');
  return all
    .map((value, index) => (typeof value === 'string' ? value : refuse(`stop[${index}]`, 'a string')))
    .filter((value) => value !== '');
}

function readOutput(value: unknown, extras: Extra[]): OutputFormat | null {
  const format = optionalObject(value, 'response_format');
  switch (format?.['type']) {
    case undefined:
      return format === null ? null : refuse('response_format.type', 'text, json_object or json_schema');
    case 'text':
      return null;
    case 'json_object':
      return { kind: 'json' };
    case 'json_schema':
      return readSchemaOutput(requiredObject(format?.['json_schema'], 'response_format.json_schema'), extras);
    default:
      extras.push({ path: 'response_format', value, kind: 'meaning' });
      return null;
  }
}

function readSchemaOutput(spec: JsonObject, extras: Extra[]): OutputFormat {
  const path = 'response_format.json_schema';
  const description = optionalString(spec['description'], `${path}.description`);
  if (description !== null) extras.push({ path: `${path}.description`, value: description, kind: 'hint' });
  return {
    kind: 'schema',
    name: requiredString(spec['name'], `${path}.name`),
    schema: optionalObject(spec['schema'], `${path}.schema`) ?? {},
    strict: optionalBoolean(spec['strict'], `${path}.strict`),
  };
}

/** `reasoning_effort`, or Anthropic's `thinking`, which clients of compatible servers send to say a budget. */
function readReasoning(body: JsonObject): Reasoning | null {
  const thinking = optionalObject(body['thinking'], 'thinking');
  const budgetTokens = optionalInteger(thinking?.['budget_tokens'], 'thinking.budget_tokens', 0);
  const said = optionalString(body['reasoning_effort'], 'reasoning_effort');
  const effort = EFFORTS.find((known) => known === said) ?? null;
  if (said !== null && effort === null) return refuse('reasoning_effort', `one of ${EFFORTS.join(', ')}`);
  if (effort !== null || budgetTokens !== null) return { effort, budgetTokens };
  if (thinking === null) return null;
  return { effort: thinking['type'] === 'disabled' ? 'none' : null, budgetTokens: null };
}
