import { GatewayError } from '../../../base/errors.ts';
import { isJsonRecord } from '../../json/parse.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { Block, ToolCallBlock } from '../../pivot/request.ts';
import type { PivotResponse } from '../../pivot/response.ts';
import { readStreamError } from './errors.ts';
import { googleSignature } from './call-id.ts';
import { readFinish } from './finish.ts';
import { readThinking, thinkingPartText } from './thinking.ts';
import { callId } from './tool-deltas.ts';
import { readUsage } from './usage.ts';

/**
 * Reads a whole answer, of OpenAI or a server that copies it; only the first choice.
 *
 * @throws GatewayError `upstreamProtocol` where it is none, or an error under a status of success
 */
export function readResponse(body: JsonObject): PivotResponse {
  const choices = body['choices'];
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
  if (!isJsonRecord(choice) || !isJsonRecord(choice['message'])) throw notAnAnswer(body['error']);
  if (choice['finish_reason'] === 'error') throw notAnAnswer(choice['error'] ?? body['error']);
  const { id, model, created } = body;
  const answerId = typeof id === 'string' ? id : '';
  const blocks = readBlocks(choice['message'], answerId);
  const hasCalls = blocks.some((block) => block.kind === 'toolCall');
  return {
    id: answerId,
    model: typeof model === 'string' ? model : '',
    created: typeof created === 'number' ? Math.trunc(created) : 0,
    blocks,
    ...readFinish(choice['finish_reason'], choice['stop_reason'], hasCalls),
    usage: readUsage(body),
  };
}

function notAnAnswer(error: unknown): GatewayError {
  const said = error === undefined || error === null ? 'no choices' : readStreamError(error).message;
  return new GatewayError('upstreamProtocol', `the upstream answered with success but without a message: ${said}`);
}

function readBlocks(message: JsonObject, answerId: string): Block[] {
  const blocks: Block[] = [...readThinking(message), ...readContent(message['content'])];
  const { refusal, tool_calls: calls, function_call: legacy } = message;
  if (typeof refusal === 'string' && refusal !== '') blocks.push({ kind: 'refusal', text: refusal });
  for (const [index, call] of (Array.isArray(calls) ? calls : []).entries()) {
    if (isJsonRecord(call)) pushCall(blocks, call['function'], call['id'], answerId, index, googleSignature(call));
  }
  pushCall(blocks, legacy, undefined, answerId, 0);
  return blocks;
}

function readContent(content: unknown): Block[] {
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }];
  const blocks: Block[] = [];
  for (const part of Array.isArray(content) ? content : []) {
    if (!isJsonRecord(part)) continue;
    const { text } = part;
    if (part['type'] === 'thinking') blocks.push({ kind: 'thinking', text: thinkingPartText(part), vendor: 'mistral' });
    else if (typeof text === 'string' && text !== '') blocks.push({ kind: 'text', text });
  }
  return blocks;
}

function pushCall(
  blocks: Block[],
  call: unknown,
  id: unknown,
  answerId: string,
  index: number,
  signed: Pick<ToolCallBlock, 'signature'> = {},
): void {
  if (!isJsonRecord(call) || typeof call['name'] !== 'string') return;
  const args = call['arguments'] ?? '';
  const input = typeof args === 'string' ? args : JSON.stringify(args);
  blocks.push({ kind: 'toolCall', id: callId(id, answerId, index), name: call['name'], input, ...signed });
}
