import { GatewayError } from '../../../base/errors.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { Block } from '../../pivot/request.ts';
import type { PivotResponse } from '../../pivot/response.ts';
import { isObject, textOf } from './members.ts';
import { outputTool } from './output-tool.ts';
import { fromSafeToken } from './safe-token.ts';
import { claude } from './signature.ts';
import { readStopReason } from './stop-reason.ts';
import { readUsage } from './usage.ts';

/**
 * Reads a Messages answer. Blocks of Anthropic's own tools, which a translated request never has, and citations are
 * left out. Throws GatewayError `upstreamProtocol` for a body that is no message.
 */
export function readResponse(body: JsonObject): PivotResponse {
  const content = body['content'];
  if (!Array.isArray(content)) {
    throw new GatewayError('upstreamProtocol', 'the upstream answered with something other than a message');
  }
  const blocks: Block[] = [];
  let isStructured = false;
  for (const item of content) {
    if (!isObject(item)) continue;
    const block = readBlock(item);
    if (block !== null) blocks.push(block);
    isStructured ||= item['type'] === 'tool_use' && item['name'] === outputTool;
  }
  const sequence = body['stop_sequence'];
  const stop = readStopReason(body['stop_reason']);
  return {
    id: textOf(body['id']),
    model: textOf(body['model']),
    created: 0,
    blocks,
    stop: stop === 'toolCalls' && isStructured && !blocks.some((block) => block.kind === 'toolCall') ? 'end' : stop,
    stopSequence: typeof sequence === 'string' ? sequence : null,
    usage: readUsage(body['usage']),
  };
}

function readBlock(block: JsonObject): Block | null {
  switch (block['type']) {
    case 'text': {
      const text = textOf(block['text']);
      return text === '' ? null : { kind: 'text', text };
    }
    case 'thinking': {
      const signature = textOf(block['signature']);
      const signed = signature === '' ? {} : { signature };
      return { kind: 'thinking', text: textOf(block['thinking']), vendor: claude, ...signed };
    }
    case 'redacted_thinking':
      return { kind: 'thinking', text: '', vendor: claude, redacted: textOf(block['data']) };
    case 'tool_use': {
      const input = JSON.stringify(block['input'] ?? {});
      if (block['name'] === outputTool) return { kind: 'text', text: input };
      return {
        kind: 'toolCall',
        id: fromSafeToken(textOf(block['id'])),
        name: textOf(block['name']),
        input,
      };
    }
    default:
      return null;
  }
}
