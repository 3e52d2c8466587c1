import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completionsFormat } from '../formats/completions/completions.ts';
import { messagesFormat } from '../formats/messages/messages.ts';
import { answerContext, pivotRequest } from '../formats/testing/pivot.ts';
import type { PivotUsage } from '../pivot/response.ts';
import { ToolNames } from '../pivot/tool-names.ts';
import { translateAnswer, type AnswerTranslator } from './answer-translator.ts';

interface Facts {
  model: string;
  usage: PivotUsage | null;
  held: number;
}

function translator(stream: boolean, type: string, facts: Facts, status = 200): AnswerTranslator {
  const context = answerContext({ now: 1, request: pivotRequest({ stream }) });
  return translateAnswer(
    {
      pair: { client: messagesFormat, upstream: completionsFormat },
      context,
      names: new ToolNames(),
      facts: {
        model: (name) => (facts.model = name),
        usage: (usage) => (facts.usage = usage),
        failed: () => undefined,
        rejected: () => undefined,
        held: (bytes) => {
          facts.held += bytes;
          if (facts.held > 10_000) throw new RangeError('too much');
        },
      },
    },
    status,
    type,
  );
}

const nothing = (): Facts => ({ model: '', usage: null, held: 0 });
const answer = JSON.stringify({
  model: 'm-1',
  choices: [
    {
      message: {
        content: 'hi',
        reasoning_content: 'hm',
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
      },
      finish_reason: 'tool_calls',
    },
  ],
  usage: { prompt_tokens: 3, completion_tokens: 2 },
});

test('one JSON body becomes a stream where one was asked for, and tells its model and usage', () => {
  const facts = nothing();
  const whole = translator(true, 'application/json', facts);
  assert.equal(whole.streams, false);
  assert.equal(whole.contentType, 'text/event-stream');
  assert.equal(whole.chunk(Buffer.from(answer)), '');
  const text = whole.end();
  const order = [
    'message_start',
    'thinking_delta',
    'text_delta',
    '"name":"f"',
    '{\\"a\\":1}',
    'tool_use',
    'message_stop',
  ];
  let at = 0;
  for (const part of order) {
    const next = text.indexOf(part, at);
    assert.notEqual(next, -1, part);
    at = next;
  }
  assert.equal(facts.model, 'm-1');
  assert.equal(facts.usage?.input, 3);
  assert.equal(facts.held, answer.length);
});

test('what is held can be refused', () => {
  const whole = translator(false, 'application/json', nothing());
  assert.throws(() => whole.chunk(Buffer.alloc(20_000)), /too much/);
});

test('a stream has begun with its first content, and is complete with a reason to stop', () => {
  const stream = translator(true, 'text/event-stream; charset=utf-8', nothing());
  const chunk = (delta: object, finish: string | null): Buffer =>
    Buffer.from(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`);
  stream.chunk(chunk({ role: 'assistant', content: '' }, null));
  assert.deepEqual([stream.begun, stream.complete], [false, false]);
  stream.chunk(chunk({ content: 'a' }, null));
  assert.deepEqual([stream.begun, stream.complete], [true, false]);
  stream.chunk(chunk({}, 'stop'));
  assert.equal(stream.complete, true);
  assert.match(stream.end(), /message_stop/);
});

test('a stream that says nothing has failed', () => {
  const stream = translator(true, 'text/event-stream', nothing());
  stream.chunk(Buffer.from(': ping\n\n'));
  stream.end();
  assert.equal(stream.failure?.status, 502);
});
