import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import fc from 'fast-check';
import type { PivotEvent } from '../../pivot/response.ts';
import { pivotRequest, requestContext } from '../testing/pivot.ts';
import { converseFormat } from './converse.ts';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

/** A frame as Bedrock sends it: an event, or an exception. */
function frame(type: string, body: object, kind: 'event' | 'exception' = 'event'): Buffer {
  const text = (value: string): { readonly type: 'string'; readonly value: string } => ({ type: 'string', value });
  const headers = {
    [`:${kind}-type`]: text(type),
    ':content-type': text('application/json'),
    ':message-type': text(kind),
  };
  return Buffer.from(codec.encode({ headers, body: Buffer.from(JSON.stringify(body)) }));
}

function read(pieces: readonly Uint8Array[]): PivotEvent[] {
  const decoder = converseFormat.framing.decoder();
  const reader = converseFormat.streamReader();
  const events = pieces.flatMap((piece) => decoder.push(piece).flatMap(({ type, data }) => reader.event(type, data)));
  return [...events, ...reader.end()];
}

const stream = Buffer.concat([
  frame('messageStart', { role: 'assistant', p: 'abcd' }),
  frame('contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { text: 'hmm…' } } }),
  frame('contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { signature: 'c2ln' } } }),
  frame('contentBlockStop', { contentBlockIndex: 0 }),
  frame('contentBlockDelta', { contentBlockIndex: 1, delta: { text: 'Grüße 👋🏽' } }),
  frame('contentBlockStop', { contentBlockIndex: 1 }),
  frame('contentBlockStart', { contentBlockIndex: 2, start: { toolUse: { toolUseId: 't1', name: 'f' } } }),
  frame('contentBlockDelta', { contentBlockIndex: 2, delta: { toolUse: { input: '{"ä":1}' } } }),
  frame('contentBlockStop', { contentBlockIndex: 2 }),
  frame('messageStop', { stopReason: 'tool_use' }),
  frame('metadata', { usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 }, metrics: { latencyMs: 1 } }),
]);

test('any chunking of the frames gives the same events', () => {
  const whole = read([stream]);
  assert.deepEqual(
    whole.map(({ kind }) => kind),
    ['start', 'thinking', 'signature', 'text', 'toolStart', 'toolInput', 'stop', 'usage', 'end'],
  );
  fc.assert(
    fc.property(fc.array(fc.nat({ max: stream.length }), { maxLength: 12 }), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), stream.length];
      assert.deepEqual(read(at.slice(1).map((end, i) => stream.subarray(at[i], end))), whole);
    }),
    { numRuns: 200 },
  );
});

test('a stream that is cut anywhere before its stop has no stop, and never an error of its own', () => {
  const stop = stream.indexOf('messageStop');
  for (let end = 0; end < stop; end += 7) {
    const events = read([stream.subarray(0, end)]);
    assert.ok(!events.some(({ kind }) => kind === 'stop' || kind === 'error'));
    assert.equal(events.at(-1)?.kind, 'end');
  }
});

test('an exception within the stream is an error with its status', () => {
  const start = frame('messageStart', { role: 'assistant' });
  const events = read([start, frame('throttlingException', { message: 'slow down' }, 'exception'), stream]);
  assert.deepEqual(events.slice(1), [
    {
      kind: 'error',
      error: {
        status: 429,
        type: 'rate_limit_error',
        message: 'slow down',
        code: 'throttlingException',
        param: null,
      },
    },
    { kind: 'end' },
  ]);
});

test('long integers in the arguments of a call keep their digits', () => {
  const call = { kind: 'toolCall' as const, id: 'c', name: 'f', input: '{"id":12345678901234567890}' };
  const result = { kind: 'toolResult' as const, callId: 'c', blocks: [], isError: false };
  const request = pivotRequest({
    model: 'anthropic.claude-sonnet-4-5-20250929-v1:0',
    tools: [{ name: 'f', description: null, schema: null, strict: null }],
    messages: [
      { role: 'user', blocks: [{ kind: 'text', text: 'go' }] },
      { role: 'assistant', blocks: [call] },
      { role: 'user', blocks: [result] },
    ],
  });
  const body = JSON.stringify(converseFormat.writeRequest(request, requestContext(request.model, 'reject')));
  assert.ok(body.includes('{"id":12345678901234567890}'));
});
