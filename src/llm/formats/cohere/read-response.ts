import { GatewayError } from '../../../base/errors.ts';
import { isJsonRecord } from '../../json/parse.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { Block } from '../../pivot/request.ts';
import type { PivotResponse } from '../../pivot/response.ts';
import { outputTool } from '../messages/output-tool.ts';
import { readFailure, readFinish } from './finish-reason.ts';
import { readUsage } from './usage.ts';

/** Who wrote the reasoning of an answer; nobody signs it. */
export const vendor = 'cohere';

/**
 * Reads a chat answer, which does not name its model. What the model plans before its calls is reasoning: an answer that
 * has to be JSON may come after it. Citations, for which no client has a place, are left out.
 *
 * @throws GatewayError `upstreamProtocol` for a body that is no answer, or says that it failed; `upstreamTimeout`
 */
export function readResponse(body: JsonObject): PivotResponse {
  const message = body['message'];
  if (!isJsonRecord(message)) {
    const said = typeof message === 'string' && message !== '' ? `: ${message}` : '';
    throw new GatewayError('upstreamProtocol', `the upstream answered with success but without a message${said}`);
  }
  const failure = readFailure(body['finish_reason'], body['error']);
  if (failure !== null) {
    throw new GatewayError(failure.status === 504 ? 'upstreamTimeout' : 'upstreamProtocol', failure.message);
  }
  const calls = readCalls(message['tool_calls']);
  const blocks = [...readContent(message['content']), ...calls];
  const hasCalls = calls.some((block) => block.kind === 'toolCall');
  return {
    id: typeof body['id'] === 'string' ? body['id'] : '',
    model: '',
    created: 0,
    blocks: [...readPlan(message['tool_plan']), ...blocks],
    stop: readFinish(
      body['finish_reason'],
      hasCalls,
      calls.some((block) => block.kind === 'text'),
    ),
    stopSequence: null,
    usage: readUsage(body['usage']),
  };
}

function readPlan(plan: unknown): Block[] {
  return typeof plan === 'string' && plan !== '' ? [{ kind: 'thinking', text: plan, vendor }] : [];
}

function readContent(content: unknown): Block[] {
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }];
  const blocks: Block[] = [];
  for (const part of Array.isArray(content) ? content : []) {
    if (!isJsonRecord(part)) continue;
    const { text, thinking } = part;
    if (typeof thinking === 'string' && thinking !== '') blocks.push({ kind: 'thinking', text: thinking, vendor });
    else if (typeof text === 'string' && text !== '') blocks.push({ kind: 'text', text });
  }
  return blocks;
}

function readCalls(calls: unknown): Block[] {
  const blocks: Block[] = [];
  for (const call of Array.isArray(calls) ? calls : []) {
    const described: unknown = isJsonRecord(call) ? call['function'] : undefined;
    if (!isJsonRecord(call) || !isJsonRecord(described) || typeof described['name'] !== 'string') continue;
    const { name, arguments: args } = described;
    const input = typeof args === 'string' && args !== '' ? args : '{}';
    const id = typeof call['id'] === 'string' ? call['id'] : '';
    blocks.push(name === outputTool ? { kind: 'text', text: input } : { kind: 'toolCall', id, name, input });
  }
  return blocks;
}
