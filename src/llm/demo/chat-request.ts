import { isJsonRecord, type JsonRecord } from '../json/parse.ts';
import { missing, unsupported, wrongType, wrongValue } from './invalid.ts';

/** A message as far as the demo reads it. */
export interface ChatMessage {
  readonly role: string;
  /** Text parts joined; other parts by name in brackets. */
  readonly text: string;
  readonly toolCalls: readonly { readonly id: string; readonly name: string }[];
  readonly toolCallId: string | null;
}

/** A function that the model may call. */
export interface ChatTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonRecord;
}

/** Whether and what to call: by its own judgement, never, something, or this function. */
export type ToolChoice = 'auto' | 'none' | 'required' | { readonly name: string };

/** What the text must be: anything, any JSON object, or JSON of a schema. */
export type OutputFormat = 'text' | 'json' | { readonly schema: JsonRecord };

/** A checked chat completions request. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly ChatTool[];
  readonly toolChoice: ToolChoice;
  readonly format: OutputFormat;
  readonly choices: number;
  readonly stop: readonly string[];
  readonly maxTokens: number;
  readonly stream: boolean;
  readonly includeUsage: boolean;
}

const roles = new Set(['system', 'developer', 'user', 'assistant', 'tool']);

/** Checks a body. @throws InvalidRequest as OpenAI's API would refuse it. */
export function readChatRequest(body: JsonRecord): ChatRequest {
  const stream = optional(body, 'stream', 'boolean') ?? false;
  const tools = readTools(body['tools']);
  if (optional(body, 'logprobs', 'boolean') === true) unsupported('logprobs');
  return {
    model: optional(body, 'model', 'string') ?? missing('model'),
    messages: readMessages(body['messages']),
    tools,
    toolChoice: readToolChoice(body['tool_choice'], tools),
    format: readFormat(body['response_format']),
    choices: wholeNumber(body, 'n', 1, 128) ?? 1,
    stop: readStop(body['stop']),
    maxTokens: wholeNumber(body, 'max_completion_tokens', 1) ?? wholeNumber(body, 'max_tokens', 1) ?? Infinity,
    stream,
    includeUsage: readIncludeUsage(body['stream_options'], stream),
  };
}

function readMessages(value: unknown): readonly ChatMessage[] {
  if (value === undefined) missing('messages');
  if (!Array.isArray(value)) wrongType('messages', 'an array of messages');
  if (value.length === 0) wrongValue('messages', 'at least one message');
  return value.map((message, i) => readMessage(message, `messages[${i}]`));
}

function readMessage(value: unknown, at: string): ChatMessage {
  if (!isJsonRecord(value)) wrongType(at, 'a message object');
  const { role } = value;
  if (typeof role !== 'string') missing(`${at}.role`);
  if (!roles.has(role)) wrongValue(`${at}.role`, `one of ${[...roles].join(', ')}`);
  const toolCallId = optional(value, 'tool_call_id', 'string', at) ?? null;
  if (role === 'tool' && toolCallId === null) missing(`${at}.tool_call_id`);
  const toolCalls = readToolCalls(value['tool_calls'], `${at}.tool_calls`);
  if (role !== 'assistant' && (value['content'] === undefined || value['content'] === null)) missing(`${at}.content`);
  return { role, text: readContent(value['content'], `${at}.content`), toolCalls, toolCallId };
}

function readContent(value: unknown, at: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) wrongType(at, 'a string or an array of parts');
  return value.map((part, i) => readPart(part, `${at}[${i}]`)).join(' ');
}

function readPart(part: unknown, at: string): string {
  if (!isJsonRecord(part) || typeof part['type'] !== 'string') wrongType(at, 'a part with a type');
  return part['type'] === 'text'
    ? (optional(part, 'text', 'string', at) ?? missing(`${at}.text`))
    : `[${part['type']}]`;
}

function readToolCalls(value: unknown, at: string): ChatMessage['toolCalls'] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) wrongType(at, 'an array of tool calls');
  return value.map((call: unknown, i) => {
    const fn = isJsonRecord(call) ? call['function'] : undefined;
    if (!isJsonRecord(call) || !isJsonRecord(fn)) wrongType(`${at}[${i}]`, 'a function call');
    const id = optional(call, 'id', 'string', `${at}[${i}]`) ?? missing(`${at}[${i}].id`);
    return { id, name: optional(fn, 'name', 'string', `${at}[${i}].function`) ?? missing(`${at}[${i}].function.name`) };
  });
}

function readTools(value: unknown): readonly ChatTool[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) wrongType('tools', 'an array of tools');
  return value.map((tool: unknown, i) => {
    const fn = isJsonRecord(tool) ? tool['function'] : undefined;
    if (!isJsonRecord(fn)) wrongType(`tools[${i}]`, 'a function tool');
    const parameters = fn['parameters'] ?? {};
    if (!isJsonRecord(parameters)) wrongType(`tools[${i}].function.parameters`, 'a JSON Schema object');
    return {
      name: optional(fn, 'name', 'string', `tools[${i}].function`) ?? missing(`tools[${i}].function.name`),
      description: optional(fn, 'description', 'string', `tools[${i}].function`) ?? '',
      parameters,
    };
  });
}

function readToolChoice(value: unknown, tools: readonly ChatTool[]): ToolChoice {
  if (value === undefined || value === null) return 'auto';
  if (value === 'auto' || value === 'none') return value;
  if (tools.length === 0) wrongValue('tool_choice', '`tools` to choose from');
  if (value === 'required') return value;
  const fn = isJsonRecord(value) ? value['function'] : undefined;
  const name = isJsonRecord(fn) ? fn['name'] : undefined;
  if (typeof name !== 'string') wrongValue('tool_choice', '"none", "auto", "required" or a function');
  if (!tools.some((tool) => tool.name === name)) wrongValue('tool_choice', `one of the tools, but '${name}' is none`);
  return { name };
}

function readFormat(value: unknown): OutputFormat {
  if (value === undefined || value === null) return 'text';
  if (!isJsonRecord(value)) wrongType('response_format', 'an object');
  if (value['type'] === 'text') return 'text';
  if (value['type'] === 'json_object') return 'json';
  if (value['type'] !== 'json_schema') wrongValue('response_format.type', 'text, json_object or json_schema');
  const named = value['json_schema'];
  if (!isJsonRecord(named)) missing('response_format.json_schema');
  const schema = named['schema'] ?? {};
  if (!isJsonRecord(schema)) wrongType('response_format.json_schema.schema', 'a JSON Schema object');
  return { schema };
}

function readStop(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  const stops: unknown[] = Array.isArray(value) ? value : [value];
  if (!stops.every((stop) => typeof stop === 'string')) wrongType('stop', 'a string or an array of strings');
  if (stops.length > 4) wrongValue('stop', 'at most 4 sequences');
  return stops.filter((stop) => stop !== '');
}

function readIncludeUsage(value: unknown, stream: boolean): boolean {
  if (value === undefined || value === null) return false;
  if (!stream) wrongValue('stream_options', '`stream` to be true');
  if (!isJsonRecord(value)) wrongType('stream_options', 'an object');
  return value['include_usage'] === true;
}

function wholeNumber(body: JsonRecord, name: string, min: number, max = Infinity): number | undefined {
  const value = optional(body, name, 'number');
  if (value === undefined) return undefined;
  if (!Number.isInteger(value) || value < min || value > max) {
    wrongValue(name, `a whole number from ${min}${max === Infinity ? '' : ` to ${max}`}`);
  }
  return value;
}

interface Kinds {
  string: string;
  number: number;
  boolean: boolean;
}

/** The member if it has the kind; undefined when it is missing or null. */
function optional<K extends keyof Kinds>(body: JsonRecord, name: string, kind: K, at = ''): Kinds[K] | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== kind) wrongType(at === '' ? name : `${at}.${name}`, `a ${kind}`);
  return value as Kinds[K];
}
