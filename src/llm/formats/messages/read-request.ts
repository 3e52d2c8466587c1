import { LlmBadRequest } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { PivotMessage, PivotRequest, TextBlock } from '../../pivot/request.ts';
import { Extras } from './extras.ts';
import {
  arrayAt,
  booleanOrNull,
  countOrNull,
  isAbsent,
  isObject,
  numberOrNull,
  objectAt,
  stringAt,
} from './members.ts';
import { readContent } from './read-content.ts';
import { readOutput, readReasoning } from './read-output.ts';
import { readToolChoice, readTools } from './read-tools.ts';

const hints: ReadonlySet<string> = new Set([
  'anthropic_beta',
  'betas',
  'cache_control',
  'context_management',
  'diagnostics',
  'service_tier',
  'speed',
]);

const known: ReadonlySet<string> = new Set([
  ...hints,
  'anthropic_version',
  'max_tokens',
  'messages',
  'metadata',
  'model',
  'output_config',
  'output_format',
  'stop_sequences',
  'stream',
  'system',
  'temperature',
  'thinking',
  'tool_choice',
  'tools',
  'top_k',
  'top_p',
]);

/**
 * Reads a Messages request (`POST /v1/messages`). `max_tokens` may be absent: the writer of the upstream's format has a
 * default. Throws LlmBadRequest where the body is malformed.
 */
export function readRequest(body: JsonObject): PivotRequest {
  const extras = new Extras();
  const system: TextBlock[] = [];
  readSystem(body['system'], 'system', system, extras);
  const messages = readMessages(body['messages'], system, extras);
  const tools = readTools(body['tools'], extras);
  const { choice, parallel } = readToolChoice(body['tool_choice'], tools, extras);
  const request: PivotRequest = {
    model: stringAt(body['model'], 'model'),
    stream: booleanOrNull(body['stream'], 'stream') ?? false,
    includeUsage: true,
    system,
    messages,
    tools,
    toolChoice: choice,
    parallelTools: parallel,
    sampling: {
      temperature: numberOrNull(body['temperature'], 'temperature'),
      topP: numberOrNull(body['top_p'], 'top_p'),
      topK: countOrNull(body['top_k'], 'top_k'),
      seed: null,
      frequencyPenalty: null,
      presencePenalty: null,
    },
    maxTokens: countOrNull(body['max_tokens'], 'max_tokens'),
    stop: readStop(body['stop_sequences']),
    output: readOutput(body),
    reasoning: readReasoning(body, extras),
    user: readUser(body['metadata'], extras),
    extras: extras.list,
  };
  for (const name of hints) extras.hint(name, body[name]);
  extras.rest(body, known, '', 'meaning');
  return request;
}

function readMessages(value: unknown, system: TextBlock[], extras: Extras): readonly PivotMessage[] {
  const messages: PivotMessage[] = [];
  const list = arrayAt(value, 'messages');
  if (list.length === 0) throw new LlmBadRequest('messages must have at least one message', 'messages');
  for (const [index, item] of list.entries()) {
    const path = `messages[${index}]`;
    const message = objectAt(item, path);
    const role = message['role'];
    if (role === 'system') readSystem(message['content'], `${path}.content`, system, extras);
    else if (role === 'user' || role === 'assistant') {
      messages.push({ role, blocks: readContent(message['content'], `${path}.content`, role, extras) });
    } else throw new LlmBadRequest(`${path}.role must be "user" or "assistant"`, `${path}.role`);
  }
  return messages;
}

function readSystem(value: unknown, path: string, into: TextBlock[], extras: Extras): void {
  if (isAbsent(value)) return;
  for (const block of readContent(value, path, 'user', extras)) {
    if (block.kind !== 'text') throw new LlmBadRequest(`${path} may hold only text`, path);
    into.push(block);
  }
}

function readStop(value: unknown): readonly string[] {
  if (isAbsent(value)) return [];
  return arrayAt(value, 'stop_sequences').map((item, index) => stringAt(item, `stop_sequences[${index}]`));
}

const metadataKnown: ReadonlySet<string> = new Set(['user_id']);

function readUser(value: unknown, extras: Extras): string | null {
  if (!isObject(value)) return null;
  extras.rest(value, metadataKnown, 'metadata', 'hint');
  const user = value['user_id'];
  return isAbsent(user) ? null : stringAt(user, 'metadata.user_id');
}
