import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completionsFormat } from '../formats/completions/completions.ts';
import { generateContentFormat } from '../formats/generate-content/generate-content.ts';
import { messagesFormat } from '../formats/messages/messages.ts';
import type { UpstreamFormat } from '../pivot/format.ts';
import { LlmRecord } from '../record.ts';
import { StreamWatch, type StreamEnd } from './stream-watch.ts';

interface Watched {
  /** Number of the region with which the answer began; -1: it did not. */
  readonly begun: number;
  readonly end: StreamEnd;
  readonly failure: number | undefined;
  readonly record: LlmRecord;
}

function watch(format: UpstreamFormat, regions: readonly string[]): Watched {
  const record = new LlmRecord('chat', null, null, true);
  const watcher = new StreamWatch(format, record);
  let begun = -1;
  for (const [i, region] of regions.entries()) {
    watcher.region(Buffer.from(region));
    if (begun === -1 && watcher.begun) begun = i;
  }
  const end = watcher.end();
  return { begun, end, failure: watcher.failure?.status, record };
}

function delta(value: object, finish: string | null = null): string {
  return `data: ${JSON.stringify({ model: 'm-1', choices: [{ index: 0, delta: value, finish_reason: finish }] })}\n\n`;
}

const role = delta({ role: 'assistant', content: '' });
const done = 'data: [DONE]\n\n';
const failure = 'data: {"error":{"message":"x"}}\n\n';
const call = { index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '' } };

for (const [what, regions, begun, end] of [
  ['text', [role, ': ping\n\n', delta({ content: 'a' }), delta({}, 'stop'), done], 2, 'complete'],
  ['reasoning', [role, delta({ reasoning_content: 'a' }), done], 1, 'complete'],
  ['a tool call', [role + delta({ tool_calls: [call] }), done], 0, 'complete'],
  ['an answer without content', [role, delta({}, 'length'), done], 1, 'complete'],
  ['no [DONE] after a reason to stop', [role, delta({ content: 'a' }), delta({}, 'stop')], 1, 'complete'],
  ['no blank line at the end', [role, delta({ content: 'a' }), delta({}, 'stop').trimEnd()], 1, 'complete'],
  ['no reason to stop', [role, delta({ content: 'a' }), delta({ content: 'b' })], 1, 'cut'],
  ['a text that says [DONE]', [role, delta({ content: '[DONE]' })], 1, 'cut'],
  ['a prelude alone', [role], -1, 'cut'],
  ['nothing', [], -1, 'cut'],
  ['an error later', [role, delta({ content: 'a' }), failure], 1, 'failed'],
  ['an error after its reason to stop', [role + delta({ content: 'a' }, 'stop'), failure], 0, 'failed'],
  ['an error beside its reason to stop', [delta({ content: 'a' }, 'stop') + failure], 0, 'failed'],
  ['an error before [DONE]', [delta({ content: 'a' }), failure, done], 0, 'failed'],
  [
    'a text that speaks of an "error"',
    [delta({ content: '"error":1' }, 'stop'), delta({ content: '"error":1' }), done],
    0,
    'complete',
  ],
  [
    'an error that is null',
    [delta({ content: 'a' }, 'stop'), 'data: {"choices":[],"error":null}\n\n', done],
    0,
    'complete',
  ],
] as const) {
  test(`a chat stream with ${what}`, () => {
    const watched = watch(completionsFormat, regions);
    assert.equal(watched.begun, begun);
    assert.equal(watched.end, end);
  });
}

function candidate(value: object): string {
  return `data: ${JSON.stringify({ candidates: [{ index: 0, ...value }], usageMetadata: { promptTokenCount: 3 } })}\n\n`;
}

const said = { content: { role: 'model', parts: [{ text: 'a' }] } };

for (const [what, regions, begun, end] of [
  ['a reason to stop at its end', [candidate(said), candidate({ finishReason: 'STOP' })], 0, 'complete'],
  ['one chunk', [candidate({ ...said, finishReason: 'STOP' })], 0, 'complete'],
  ['a reason to stop in every chunk', Array(6).fill(candidate({ ...said, finishReason: 'STOP' })), 0, 'complete'],
  ['no content', [candidate({ finishReason: 'MAX_TOKENS' })], -1, 'complete'],
  ['a refused prompt', ['data: {"promptFeedback":{"blockReason":"SAFETY"}}\n\n'], -1, 'complete'],
  ['no reason to stop', [candidate(said), candidate(said)], 0, 'cut'],
  ['an error later', [candidate(said), 'data: {"error":{"code":503,"message":"x"}}\n\n'], 0, 'failed'],
] as const) {
  test(`a Gemini stream with ${what}`, () => {
    const watched = watch(generateContentFormat, regions);
    assert.deepEqual([watched.begun, watched.end], [begun, end]);
  });
}

test('an error first has its status', () => {
  const watched = watch(completionsFormat, [role, 'data: {"error":{"message":"x","code":429}}\n\n']);
  assert.deepEqual([watched.begun, watched.failure, watched.end], [-1, 429, 'failed']);
});

test('a Messages stream begins with content and ends with message_stop', () => {
  const event = (type: string, more: object): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
  const usage = { input_tokens: 4, cache_creation_input_tokens: 2, output_tokens: 1 };
  const head =
    event('message_start', { message: { id: 'i', model: 'claude', content: [], usage } }) + event('ping', {});
  const text = event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'a' } });
  const start = event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
  const stop = event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 7 } });
  const whole = watch(messagesFormat, [head, start + text, stop, event('message_stop', {})]);
  assert.deepEqual([whole.begun, whole.end], [1, 'complete']);
  const { inputTokens, cacheCreationInputTokens, outputTokens, responseModel } = whole.record;
  assert.deepEqual([inputTokens, cacheCreationInputTokens, outputTokens, responseModel], [6, 2, 7, 'claude']);
  assert.equal(watch(messagesFormat, [head, start + text, stop]).end, 'cut');
});

/** What a watch takes an answer to have said whose regions these are. */
function saidOf(format: UpstreamFormat, regions: readonly string[]): readonly number[] {
  const watcher = new StreamWatch(format, new LlmRecord('chat', null, null, true));
  for (const region of regions) watcher.region(Buffer.from(region));
  const { counted, characters } = watcher.said;
  return [counted, characters];
}

const event = (type: string, more: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
const input = event('content_block_delta', {
  index: 0,
  delta: { type: 'input_json_delta', partial_json: '0123456789' },
});
const started =
  event('message_start', { message: { id: 'i', model: 'claude', content: [], usage: { output_tokens: 3 } } }) +
  event('content_block_start', { index: 0, content_block: { type: 'tool_use', id: 't', name: 'f', input: {} } });

test('how far a cut answer came is counted exactly while all of it is remembered', () => {
  assert.deepEqual(saidOf(messagesFormat, [started + input, input, input + input]), [0, 40]);
  const last = event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 9 } });
  assert.deepEqual(saidOf(messagesFormat, [started + input, input + last]), [9, 0]);
  assert.deepEqual(saidOf(messagesFormat, []), [0, 0]);
});

test('what of a long answer is forgotten counts as what is remembered, though its blocks began before', () => {
  const [counted, characters] = saidOf(messagesFormat, [started, ...Array<string>(1000).fill(input)]);
  assert.equal(counted, 0);
  assert.ok(Math.abs((characters as number) - 10_000) < 50, `${characters} characters`);
});

test('what was said after the last count of a provider is told apart', () => {
  const text = delta({ content: '0123456789' });
  const count = `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 7 } })}\n\n`;
  assert.deepEqual(saidOf(completionsFormat, [text, text + count, text]), [7, 10]);
  assert.deepEqual(saidOf(completionsFormat, [role + text + count + text]), [7, 10]);
  const [counted, characters] = saidOf(completionsFormat, [text, text + count, ...Array<string>(100).fill(text)]);
  assert.equal(counted, 7);
  assert.ok(Math.abs((characters as number) - 1000) < 50, `${characters} characters`);
  const nothing = `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 0 } })}\n\n`;
  assert.deepEqual(saidOf(completionsFormat, [text, text + nothing]), [0, 20]);
});
