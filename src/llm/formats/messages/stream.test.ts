import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PivotEvent } from '../../pivot/response.ts';
import { messagesFormat } from './messages.ts';
import { assembled, eventsOf } from './testing/block-discipline.ts';
import { answerContext, bodyOnly } from '../testing/pivot.ts';

type Data = Readonly<Record<string, unknown>>;

function read(...events: readonly Data[]): readonly PivotEvent[] {
  const reader = messagesFormat.streamReader();
  const out = events.flatMap((event) => reader.event(String(event['type']), JSON.stringify(event)));
  return [...out, ...reader.end()];
}

function write(...events: readonly PivotEvent[]): string {
  const writer = messagesFormat.streamWriter(answerContext({ model: 'alias' }));
  return events.map((event) => writer.write(event)).join('');
}

const usage = { input_tokens: 5, output_tokens: 1, cache_read_input_tokens: 10, cache_creation_input_tokens: null };
const started = { type: 'message_start', message: { id: 'msg_1', model: 'claude-x', usage } };
const blockStart = (index: number, block: Data): Data => ({ type: 'content_block_start', index, content_block: block });
const delta = (index: number, change: Data): Data => ({ type: 'content_block_delta', index, delta: change });
const blockStop = (index: number): Data => ({ type: 'content_block_stop', index });
const stopped = (reason: string): Data => ({
  type: 'message_delta',
  delta: { stop_reason: reason, stop_sequence: null },
  usage: { output_tokens: 9 },
});
const over = { type: 'message_stop' };
const start: PivotEvent = { kind: 'start', id: 'msg_1', model: 'claude-x', created: 0 };
const counted: PivotEvent = {
  kind: 'usage',
  usage: { input: 15, output: 9, cachedInput: 10, cacheWriteInput: null, reasoning: null },
};

describe('reading a Messages stream', () => {
  it('gives text, reasoning and calls as they come, blocks numbered by what it passes on', () => {
    const events = read(
      started,
      { type: 'ping' },
      blockStart(0, { type: 'thinking', thinking: '', signature: '' }),
      delta(0, { type: 'thinking_delta', thinking: 'hm' }),
      delta(0, { type: 'signature_delta', signature: 'sig' }),
      blockStop(0),
      blockStart(1, { type: 'redacted_thinking', data: 'enc' }),
      blockStop(1),
      blockStart(2, { type: 'server_tool_use', id: 's', name: 'web_search' }),
      delta(2, { type: 'input_json_delta', partial_json: '{}' }),
      blockStop(2),
      blockStart(3, { type: 'text', text: '' }),
      delta(3, { type: 'text_delta', text: 'Hi' }),
      delta(3, { type: 'citations_delta', citation: {} }),
      blockStop(3),
      blockStart(4, { type: 'tool_use', id: 'toolu_1', name: 'get', input: {} }),
      delta(4, { type: 'input_json_delta', partial_json: '' }),
      delta(4, { type: 'input_json_delta', partial_json: '{"a":1}' }),
      blockStop(4),
      { type: 'something_new' },
      stopped('tool_use'),
      over,
    );
    assert.deepEqual(events, [
      start,
      { kind: 'thinking', block: 0, text: 'hm' },
      { kind: 'signature', block: 0, signature: 'sig', vendor: 'anthropic' },
      { kind: 'redacted', block: 1, data: 'enc', vendor: 'anthropic' },
      { kind: 'text', block: 2, text: 'Hi' },
      { kind: 'toolStart', block: 3, id: 'toolu_1', name: 'get' },
      { kind: 'toolInput', block: 3, text: '{"a":1}' },
      { kind: 'stop', stop: 'toolCalls', stopSequence: null },
      counted,
      { kind: 'end' },
    ]);
  });

  it('gives a call without deltas its arguments all the same', () => {
    const events = read(
      started,
      blockStart(0, { type: 'tool_use', id: 'a', name: 'get' }),
      blockStop(0),
      blockStart(1, { type: 'tool_use', id: 'b', name: 'get', input: { whole: true } }),
      blockStop(1),
    );
    const inputs = events.filter((event) => event.kind === 'toolInput');
    assert.deepEqual(
      inputs.map((event) => event.text),
      ['{}', '{"whole":true}'],
    );
  });

  it('gives the input of the output tool as text that ends normally', () => {
    const events = read(
      started,
      blockStart(0, { type: 'tool_use', id: 'a', name: 'waygate_structured_output', input: {} }),
      delta(0, { type: 'input_json_delta', partial_json: '{"a":' }),
      delta(0, { type: 'input_json_delta', partial_json: '1}' }),
      blockStop(0),
      stopped('tool_use'),
      over,
    );
    assert.deepEqual(events.slice(1, 4), [
      { kind: 'text', block: 0, text: '{"a":' },
      { kind: 'text', block: 0, text: '1}' },
      { kind: 'stop', stop: 'end', stopSequence: null },
    ]);
  });

  it('overwrites cumulative usage', () => {
    const late = { ...stopped('end_turn'), usage: { input_tokens: 6, output_tokens: 9, cache_read_input_tokens: 11 } };
    const told = read(started, late, over).filter((event) => event.kind === 'usage');
    assert.deepEqual(
      told.map((event) => [event.usage.input, event.usage.cachedInput, event.usage.output]),
      [[17, 11, 9]],
    );
  });

  it('says no stop where message_stop is missing, but what was used', () => {
    assert.deepEqual(read(started, stopped('end_turn')), [start, counted, { kind: 'end' }]);
  });

  it('ends with the error of the upstream, and ignores what follows', () => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    const events = read(started, error, over);
    assert.deepEqual(events.slice(2), [
      {
        kind: 'error',
        error: { status: 529, type: 'overloaded_error', message: 'Overloaded', code: null, param: null },
      },
      { kind: 'end' },
    ]);
  });

  it('fails on data that is no JSON object', () => {
    const reader = messagesFormat.streamReader();
    const [event] = reader.event('message_start', '{"type":');
    assert.equal(event?.kind, 'error');
  });
});

describe('writing a Messages stream', () => {
  const toolStart = (block: number, id: string): PivotEvent => ({ kind: 'toolStart', block, id, name: 'get' });
  const input = (block: number, text: string): PivotEvent => ({ kind: 'toolInput', block, text });
  const text = (block: number, value: string): PivotEvent => ({ kind: 'text', block, text: value });
  const stop = (reason: 'end' | 'toolCalls' | 'length'): PivotEvent => ({
    kind: 'stop',
    stop: reason,
    stopSequence: null,
  });
  const end: PivotEvent = { kind: 'end' };

  it('writes each event of a plain answer, and usage that comes after the stop', () => {
    const told = eventsOf(write(start, text(0, 'He'), text(0, 'llo'), stop('end'), counted, end));
    assert.deepEqual(
      told.map((event) => event['type']),
      [
        'message_start',
        'content_block_start',
        'content_block_delta',
        'content_block_delta',
        'content_block_stop',
        'message_delta',
        'message_stop',
      ],
    );
    const message = assembled(write(start, text(0, 'He'), text(0, 'llo'), stop('end'), counted, end));
    assert.deepEqual(message['content'], [{ type: 'text', text: 'Hello' }]);
    assert.equal(message['stop_reason'], 'end_turn');
    assert.deepEqual(message['usage'], {
      input_tokens: 5,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 10,
      cache_creation: null,
      output_tokens: 9,
      server_tool_use: null,
      service_tier: null,
    });
  });

  it('holds back its head until there is content, so that another upstream may take over', () => {
    const writer = messagesFormat.streamWriter(answerContext({ model: 'alias' }));
    assert.equal(writer.write(start), '');
    assert.equal(writer.write({ ...start, id: 'msg_2' }), '');
    assert.match(writer.write(text(0, 'a')), /"id":"msg_2"/);
  });

  it('closes text before a call and a call before text', () => {
    const message = assembled(
      write(start, text(0, 'a'), toolStart(1, 't1'), input(1, '{}'), text(2, 'b'), stop('toolCalls'), end),
    );
    assert.deepEqual(message['content'], [
      { type: 'text', text: 'a' },
      { type: 'tool_use', id: 't1', name: 'get', input: '{}' },
      { type: 'text', text: 'b' },
    ]);
  });

  it('opens a new block for text that goes on after a call', () => {
    const message = assembled(
      write(start, text(0, 'a'), toolStart(1, 't1'), input(1, '{}'), text(0, 'b'), stop('end'), end),
    );
    assert.deepEqual(
      (message['content'] as Data[]).map((block) => block['type']),
      ['text', 'tool_use', 'text'],
    );
    assert.equal(message['stop_reason'], 'tool_use');
  });

  it('keeps interleaved arguments of parallel calls apart', () => {
    const message = assembled(
      write(
        start,
        toolStart(0, 't1'),
        toolStart(1, 't2'),
        input(0, '{"a"'),
        input(1, '{"b"'),
        input(0, ':1}'),
        input(1, ':2}'),
        stop('toolCalls'),
        end,
      ),
    );
    assert.deepEqual(
      (message['content'] as Data[]).map((block) => block['input']),
      ['{"a":1}', '{"b":2}'],
    );
  });

  it('streams the next call at once when the one before is whole', () => {
    const writer = messagesFormat.streamWriter(answerContext({ model: 'alias' }));
    for (const event of [start, toolStart(0, 't1'), input(0, '{"a":1}')]) writer.write(event);
    assert.deepEqual(
      eventsOf(writer.write(toolStart(1, 't2'))).map((event) => event['type']),
      ['content_block_stop', 'content_block_start'],
    );
    assert.equal(eventsOf(writer.write(input(1, '{"b"')))[0]?.['type'], 'content_block_delta');
  });

  it('signs reasoning: Claude verbatim, others in an envelope, none in one too', () => {
    const message = assembled(
      write(
        start,
        { kind: 'thinking', block: 0, text: 'a' },
        { kind: 'signature', block: 0, signature: 'sig', vendor: 'anthropic' },
        { kind: 'thinking', block: 1, text: 'b' },
        { kind: 'signature', block: 1, signature: 'SIG', vendor: 'google' },
        { kind: 'thinking', block: 2, text: 'c' },
        { kind: 'signature', block: 3, signature: 'only', vendor: 'anthropic' },
        { kind: 'redacted', block: 4, data: 'enc', vendor: 'anthropic' },
        text(5, 'done'),
        stop('end'),
        end,
      ),
    );
    const replayed = messagesFormat.readRequest(
      {
        model: 'm',
        messages: [{ role: 'assistant', content: message['content'] }],
      },
      bodyOnly,
    );
    assert.deepEqual(replayed.messages[0]?.blocks, [
      { kind: 'thinking', text: 'a', vendor: 'anthropic', signature: 'sig' },
      { kind: 'thinking', text: 'b', vendor: 'google', signature: 'SIG' },
      { kind: 'thinking', text: 'c', vendor: 'unknown' },
      { kind: 'thinking', text: '', vendor: 'anthropic', signature: 'only' },
      { kind: 'thinking', text: '', vendor: 'anthropic', redacted: 'enc' },
      { kind: 'text', text: 'done' },
    ]);
  });

  it('ends an answer that broke off with an error, never as success', () => {
    const events = eventsOf(write(start, text(0, 'a'), end));
    assert.equal(events.at(-1)?.['type'], 'error');
    assert.ok(events.every((event) => event['type'] !== 'message_stop' && event['type'] !== 'message_delta'));
  });

  it('writes nothing after an error', () => {
    const error = { status: 529, type: 'overloaded_error', message: 'Overloaded', code: null, param: null };
    const events = eventsOf(write(start, { kind: 'error', error }, stop('end'), end));
    assert.deepEqual(events, [{ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }]);
  });

  it('is a whole message where an answer is empty', () => {
    assert.deepEqual(assembled(write(start, stop('end'), end))['content'], []);
  });
});
