import { EventStreamCodec } from '@smithy/eventstream-codec';
import { toToken, wordRule } from '../../pivot/tool-names.ts';
import { testClientStreams } from '../testing/clients.ts';
import { converseFormat } from './converse.ts';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

function event(type: string, body: object): Buffer {
  const headers = {
    ':message-type': { type: 'string' as const, value: 'event' },
    ':event-type': { type: 'string' as const, value: type },
  };
  return Buffer.from(codec.encode({ headers, body: Buffer.from(JSON.stringify(body)) }));
}

const tool = { name: 'get.weather', rule: wordRule(64) };

testClientStreams({
  upstream: converseFormat,
  tool,
  found: ['Grüße', 'Rome'],
  bytes: Buffer.concat([
    event('messageStart', { role: 'assistant' }),
    event('contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { text: 'hmm…' } } }),
    event('contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { signature: 'c2ln' } } }),
    event('contentBlockStop', { contentBlockIndex: 0 }),
    event('contentBlockDelta', { contentBlockIndex: 1, delta: { text: 'Grüße 👋🏽' } }),
    event('contentBlockStop', { contentBlockIndex: 1 }),
    event('contentBlockStart', {
      contentBlockIndex: 2,
      start: { toolUse: { toolUseId: 'tooluse_1', name: toToken(tool.name, tool.rule) } },
    }),
    event('contentBlockDelta', { contentBlockIndex: 2, delta: { toolUse: { input: '{"city":"Rome"}' } } }),
    event('contentBlockStop', { contentBlockIndex: 2 }),
    event('messageStop', { stopReason: 'tool_use' }),
    event('metadata', { usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 }, metrics: { latencyMs: 1 } }),
  ]),
});
