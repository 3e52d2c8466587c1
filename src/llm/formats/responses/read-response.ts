import { GatewayError } from '../../../base/errors.ts';
import { isJsonRecord } from '../../json/parse.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { Block, ToolCallBlock } from '../../pivot/request.ts';
import type { PivotResponse, StopReason } from '../../pivot/response.ts';
import { readEncrypted } from './encrypted.ts';
import { readFailure } from './failure.ts';
import { reasoningText } from './reasoning-text.ts';
import { readUsage } from './usage.ts';

/**
 * Reads a whole answer (`response`).
 *
 * @throws GatewayError `upstreamProtocol` where it is none, or one that failed
 */
export function readResponse(body: JsonObject): PivotResponse {
  const { id, model, output, status, error } = body;
  if (status === 'failed' || status === 'cancelled' || !Array.isArray(output)) throw notAnAnswer(error, status);
  const blocks = output.flatMap(readItem);
  return {
    id: typeof id === 'string' ? id : '',
    model: typeof model === 'string' ? model : '',
    created: createdAt(body),
    blocks,
    stop: readStop(
      body,
      blocks.some((block) => block.kind === 'toolCall'),
    ),
    stopSequence: null,
    usage: readUsage(body['usage']),
  };
}

/** When a response was created, in whole seconds; 0 where it does not say. */
export function createdAt({ created_at: created }: JsonObject): number {
  return typeof created === 'number' && created > 0 ? Math.trunc(created) : 0;
}

/** Why a response ended. One that is incomplete for a reason that nobody knows was cut. */
export function readStop(response: JsonObject, hasCalls: boolean): StopReason {
  if (response['status'] !== 'incomplete') return hasCalls ? 'toolCalls' : 'end';
  const details = response['incomplete_details'];
  return isJsonRecord(details) && details['reason'] === 'content_filter' ? 'filtered' : 'length';
}

/** The call that an item is, or null. The id that results name is `call_id`; `id` is the item's. */
export function readCall(item: JsonObject): ToolCallBlock | null {
  const { type, name, call_id: callId, id } = item;
  const freeform = type === 'custom_tool_call';
  if ((!freeform && type !== 'function_call') || typeof name !== 'string') return null;
  const said = item[freeform ? 'input' : 'arguments'] ?? '';
  return {
    kind: 'toolCall',
    id: [callId, id].find((one): one is string => typeof one === 'string' && one !== '') ?? '',
    name,
    input: typeof said === 'string' ? said : JSON.stringify(said),
    ...(freeform ? { freeform } : {}),
  };
}

/** The blocks of an item. Tools that run at OpenAI are never asked for, so that what they did says nothing. */
function readItem(value: unknown): Block[] {
  if (!isJsonRecord(value)) return [];
  switch (value['type']) {
    case 'message':
      return readMessage(value['content']);
    case 'reasoning': {
      const { id, encrypted_content: encrypted } = value;
      const read = readEncrypted(
        typeof id === 'string' ? id : '',
        reasoningText(value),
        typeof encrypted === 'string' ? encrypted : '',
      );
      return read.kind === 'thought' && read.block !== null ? [read.block] : [];
    }
    default: {
      const call = readCall(value);
      return call === null ? [] : [call];
    }
  }
}

function readMessage(content: unknown): Block[] {
  if (!Array.isArray(content)) return [];
  return content.flatMap((part: unknown): Block[] => {
    if (!isJsonRecord(part)) return [];
    const { text, refusal } = part;
    if (typeof text === 'string' && text !== '') return [{ kind: 'text', text }];
    return typeof refusal === 'string' && refusal !== '' ? [{ kind: 'refusal', text: refusal }] : [];
  });
}

function notAnAnswer(error: unknown, status: unknown): GatewayError {
  const none = `its status is ${typeof status === 'string' ? status : 'not said'}`;
  const said = error === undefined || error === null ? none : readFailure(error).message;
  return new GatewayError('upstreamProtocol', `the upstream answered with success but without a response: ${said}`);
}
