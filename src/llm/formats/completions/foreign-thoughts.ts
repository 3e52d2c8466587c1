import { isJsonRecord } from '../../json/parse.ts';
import { toToken } from '../../pivot/tool-names.ts';
import type { JsonObject } from '../../pivot/format.ts';
import { readCallId } from './call-id.ts';
import { callIdRule } from './limits.ts';

/** The members of a body that change when what only other vendors can read is left out of its messages. */
export function withoutForeignThoughts(body: JsonObject): ReadonlyMap<string, unknown> {
  const { messages } = body;
  if (!Array.isArray(messages)) return new Map();
  return new Map([
    ['messages', messages.map((message: unknown) => (isJsonRecord(message) ? plain(message) : message))],
  ]);
}

function plain(message: JsonObject): JsonObject {
  const {
    thinking_blocks: thoughts,
    reasoning_content: reasoning,
    tool_calls: calls,
    tool_call_id: id,
    ...rest
  } = message;
  const plainCalls = Array.isArray(calls) ? calls.map(plainCall) : calls;
  const isForeign = thoughts !== undefined || JSON.stringify(plainCalls) !== JSON.stringify(calls);
  return {
    ...rest,
    // Reasoning of this provider's own may be what it wants back.
    ...(reasoning === undefined || isForeign ? {} : { reasoning_content: reasoning }),
    ...(calls === undefined ? {} : { tool_calls: plainCalls }),
    ...(id === undefined ? {} : { tool_call_id: plainId(id) }),
  };
}

function plainCall(call: unknown): unknown {
  return isJsonRecord(call) && 'id' in call ? { ...call, id: plainId(call['id']) } : call;
}

function plainId(id: unknown): unknown {
  if (typeof id !== 'string') return id;
  const read = readCallId(id);
  return read.signature === undefined ? id : toToken(read.id, callIdRule);
}
