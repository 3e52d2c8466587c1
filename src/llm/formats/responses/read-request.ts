import type { JsonObject, RequestLine } from '../../pivot/format.ts';
import type { Extra, OutputFormat, PivotRequest, Reasoning } from '../../pivot/request.ts';
import {
  optionalBoolean,
  optionalInteger,
  optionalNumber,
  optionalObject,
  optionalString,
  refuse,
  requiredString,
} from '../completions/fields.ts';
import { readExtras } from './read-extras.ts';
import { readInput } from './read-items.ts';
import { readToolChoice } from './read-tool-choice.ts';
import { readTools } from './read-tools.ts';

const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

/** Reads a Responses request (OpenAI API reference, "Create a model response"). @throws LlmBadRequest */
export function readRequest(body: JsonObject, line: RequestLine): PivotRequest {
  const extras: Extra[] = [];
  const model = line.model ?? requiredString(body['model'], 'model');
  readExtras(body, extras);
  const instructions = optionalString(body['instructions'], 'instructions');
  const { system, messages } = readInput(body['input'], extras);
  const { tools, toolChoice } = readToolChoice(body, readTools(body, extras), extras);
  return {
    model,
    stream: line.stream ?? optionalBoolean(body['stream'], 'stream') ?? false,
    includeUsage: true,
    system: instructions === null || instructions === '' ? system : [{ kind: 'text', text: instructions }, ...system],
    messages,
    tools,
    toolChoice,
    parallelTools: optionalBoolean(body['parallel_tool_calls'], 'parallel_tool_calls'),
    sampling: {
      temperature: optionalNumber(body['temperature'], 'temperature'),
      topP: optionalNumber(body['top_p'], 'top_p'),
      topK: null,
      seed: null,
      frequencyPenalty: null,
      presencePenalty: null,
    },
    maxTokens: optionalInteger(body['max_output_tokens'], 'max_output_tokens', 1),
    stop: [],
    output: readOutput(body['text'], extras),
    reasoning: readReasoning(body['reasoning']),
    user: optionalString(body['user'], 'user') ?? optionalString(body['safety_identifier'], 'safety_identifier'),
    extras,
  };
}

function readOutput(text: unknown, extras: Extra[]): OutputFormat | null {
  const format = optionalObject(optionalObject(text, 'text')?.['format'], 'text.format');
  switch (format?.['type']) {
    case undefined:
      return format === null ? null : refuse('text.format.type', 'text, json_object or json_schema');
    case 'text':
      return null;
    case 'json_object':
      return { kind: 'json' };
    case 'json_schema':
      return readSchema(format as JsonObject, extras);
    default:
      extras.push({ path: 'text.format', value: format, kind: 'meaning' });
      return null;
  }
}

function readSchema(format: JsonObject, extras: Extra[]): OutputFormat {
  const description = optionalString(format['description'], 'text.format.description');
  if (description !== null) extras.push({ path: 'text.format.description', value: description, kind: 'hint' });
  return {
    kind: 'schema',
    name: requiredString(format['name'], 'text.format.name'),
    schema: optionalObject(format['schema'], 'text.format.schema') ?? refuse('text.format.schema', 'an object'),
    strict: optionalBoolean(format['strict'], 'text.format.strict'),
  };
}

/** A summary that is asked for without an effort asks for reasoning, as much as the model finds right. */
function readReasoning(value: unknown): Reasoning | null {
  const reasoning = optionalObject(value, 'reasoning');
  const said = optionalString(reasoning?.['effort'], 'reasoning.effort');
  const effort = EFFORTS.find((known) => known === said) ?? null;
  if (said !== null && effort === null) return refuse('reasoning.effort', `one of ${EFFORTS.join(', ')}`);
  const summary = reasoning?.['summary'] ?? reasoning?.['generate_summary'] ?? null;
  return effort === null && summary === null ? null : { effort, budgetTokens: null };
}
