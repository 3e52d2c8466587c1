import { toToken } from '../../pivot/tool-names.ts';
import { testClientStreams } from '../testing/clients.ts';
import { cohereFormat } from './cohere.ts';
import { nameRule } from './write-tools.ts';

function event(type: string, body: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...body })}\n\n`;
}

const tool = { name: 'get-weather', rule: nameRule };
const call = { id: 'c1', type: 'function', function: { name: toToken(tool.name, tool.rule), arguments: '' } };

testClientStreams({
  upstream: cohereFormat,
  tool,
  found: ['Grüße', 'Rome'],
  bytes: Buffer.from(
    [
      event('message-start', { id: 'm1', delta: { message: { role: 'assistant' } } }),
      event('content-start', { index: 0, delta: { message: { content: { type: 'thinking', thinking: 'hmm…' } } } }),
      event('content-end', { index: 0 }),
      event('content-start', { index: 1, delta: { message: { content: { type: 'text', text: '' } } } }),
      event('content-delta', { index: 1, delta: { message: { content: { text: 'Grüße 👋🏽' } } } }),
      event('content-end', { index: 1 }),
      event('tool-call-start', { index: 0, delta: { message: { tool_calls: call } } }),
      event('tool-call-delta', {
        index: 0,
        delta: { message: { tool_calls: { function: { arguments: '{"city":"Rome"}' } } } },
      }),
      event('tool-call-end', { index: 0 }),
      event('message-end', {
        delta: { finish_reason: 'TOOL_CALL', usage: { tokens: { input_tokens: 3, output_tokens: 2 } } },
      }),
    ].join(''),
  ),
});
