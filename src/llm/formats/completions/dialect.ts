import { createHash } from 'node:crypto';
import { isJsonRecord } from '../../json/parse.ts';
import type { ModelFacts } from '../../models/facts.ts';
import type { ChatDialect } from '../../pivot/dialect.ts';
import type { Drops } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';

/**
 * A Chat Completions request as a provider with a dialect takes it. What it lacks goes to `drops`.
 *
 * @throws LlmBadRequest through `drops`
 */
export function inDialect(body: JsonObject, dialect: ChatDialect, facts: ModelFacts, drops: Drops): JsonObject {
  const { names = {}, lacks = {}, name } = dialect;
  const said: Record<string, unknown> = {};
  for (const [member, value] of Object.entries(body)) {
    const lack = Object.hasOwn(lacks, member) ? lacks[member] : undefined;
    if (lack === 'hint') drops.hint(member);
    else if (lack === 'meaning') drops.meaning(member, name);
    else if (member === 'reasoning_effort' && dialect.carefulEffort === true && !takesEffort(facts)) drops.hint(member);
    else if (member === 'stream_options' && dialect.usageAlways === true) continue;
    else if (member === 'tool_choice') toolChoice(said, value, dialect, drops);
    else if (member === 'response_format' && dialect.looseJson === true) responseFormat(said, value, dialect, drops);
    else if (member === 'messages') said[member] = messages(value, dialect);
    else said[(Object.hasOwn(names, member) ? names[member] : undefined) ?? member] = value;
  }
  return said;
}

function takesEffort({ thinking }: ModelFacts): boolean {
  return thinking === 'effort' || thinking === 'both';
}

function toolChoice(said: Record<string, unknown>, choice: unknown, dialect: ChatDialect, drops: Drops): void {
  if (dialect.choosesTools !== true) {
    said['tool_choice'] = choice === 'required' ? (dialect.required ?? choice) : choice;
  } else if (choice === 'none') {
    // Without tools, none can be called.
    delete said['tools'];
    drops.hint('tools');
  } else if (choice !== 'auto') {
    drops.meaning('tool_choice', dialect.name);
  }
}

function responseFormat(said: Record<string, unknown>, format: unknown, dialect: ChatDialect, drops: Drops): void {
  if (!isJsonRecord(format) || format['type'] !== 'json_schema') {
    said['response_format'] = format;
    return;
  }
  drops.meaning('response_format.json_schema', dialect.name);
  said['response_format'] = { type: 'json_object' };
}

function messages(value: unknown, { callIdLength, answersTools, prefix }: ChatDialect): unknown {
  if (!Array.isArray(value)) return value;
  const all: JsonObject[] = [];
  for (const message of value as readonly JsonObject[]) {
    if (answersTools === true && message['role'] === 'user' && all.at(-1)?.['role'] === 'tool') {
      all.push({ role: 'assistant', content: 'OK.' });
    }
    all.push(callIdLength === undefined ? message : withIds(message, callIdLength));
  }
  const last = all.at(-1);
  if (prefix === true && last?.['role'] === 'assistant' && last['tool_calls'] === undefined) {
    all[all.length - 1] = { ...last, prefix: true };
  }
  return all;
}

function withIds(message: JsonObject, length: number): JsonObject {
  const { tool_calls: calls, tool_call_id: id } = message;
  if (typeof id === 'string') return { ...message, tool_call_id: shortId(id, length) };
  if (!Array.isArray(calls)) return message;
  return {
    ...message,
    tool_calls: (calls as readonly JsonObject[]).map((call) => ({ ...call, id: shortId(String(call['id']), length) })),
  };
}

/** The same id becomes the same short one in every message and every turn, so that results still name their calls. */
function shortId(id: string, length: number): string {
  if (id.length === length && /^[A-Za-z0-9]+$/.test(id)) return id;
  return createHash('sha512')
    .update(id)
    .digest('base64')
    .replaceAll(/[^A-Za-z0-9]/g, '')
    .slice(0, length);
}
