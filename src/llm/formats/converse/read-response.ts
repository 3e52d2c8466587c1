import { GatewayError } from '../../../base/errors.ts';
import { isJsonRecord } from '../../json/parse.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { Block } from '../../pivot/request.ts';
import type { PivotResponse } from '../../pivot/response.ts';
import { outputTool } from '../messages/output-tool.ts';
import { readBlock } from './read-content.ts';
import { readFailure, readStopReason } from './stop-reason.ts';
import { readUsage } from './usage.ts';

/**
 * Reads a Converse answer, which has neither id nor model.
 *
 * @throws GatewayError `upstreamProtocol` for a body that is no message, or one that the model wrote malformed
 */
export function readResponse(body: JsonObject): PivotResponse {
  const output = body['output'];
  const message = isJsonRecord(output) ? output['message'] : undefined;
  const content = isJsonRecord(message) ? message['content'] : undefined;
  if (!Array.isArray(content)) {
    throw new GatewayError('upstreamProtocol', 'the upstream answered with something other than a message');
  }
  const failure = readFailure(body['stopReason']);
  if (failure !== null) throw new GatewayError('upstreamProtocol', failure.message);
  const elements: readonly unknown[] = content;
  const blocks = elements.map((block) => (isJsonRecord(block) ? readBlock(block) : null)).filter((b) => b !== null);
  return {
    id: '',
    model: '',
    created: 0,
    blocks,
    ...readEnd(body, blocks, elements.some(isAnswerCall)),
    usage: readUsage(body['usage']),
  };
}

function readEnd(
  body: JsonObject,
  blocks: readonly Block[],
  isStructured: boolean,
): Pick<PivotResponse, 'stop' | 'stopSequence'> {
  const stop = readStopReason(body['stopReason']);
  const hasCalls = blocks.some((block) => block.kind === 'toolCall');
  const stopSequence = readStopSequence(body);
  if (stop === 'toolCalls' && isStructured && !hasCalls) return { stop: 'end', stopSequence };
  // Models that call a tool and say that they merely stopped.
  return { stop: stop === 'end' && hasCalls ? 'toolCalls' : stop, stopSequence };
}

/** The sequence that stopped an answer, which is told because it was asked for; null for none. */
export function readStopSequence({ additionalModelResponseFields: fields }: JsonObject): string | null {
  const sequence = isJsonRecord(fields) ? fields['stop_sequence'] : undefined;
  return typeof sequence === 'string' ? sequence : null;
}

function isAnswerCall(block: unknown): boolean {
  const call = isJsonRecord(block) ? block['toolUse'] : undefined;
  return isJsonRecord(call) && call['name'] === outputTool;
}
