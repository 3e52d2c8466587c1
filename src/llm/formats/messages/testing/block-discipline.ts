import assert from 'node:assert/strict';
import { SseDecoder } from '../../../../net/http/sse.ts';
import { isObject } from '../members.ts';
import type { JsonObject } from '../../../pivot/format.ts';

/** Events of a stream's text: the data of each, whose `type` is the event's name. */
export function eventsOf(text: string): readonly JsonObject[] {
  return new SseDecoder(1 << 20).push(Buffer.from(text)).map((event) => {
    const data: unknown = JSON.parse(event.data);
    assert.ok(isObject(data));
    assert.equal(data['type'], event.type);
    return data;
  });
}

/** A message put together from a stream the way a client does it, every rule of the block discipline checked. */
export function assembled(text: string): JsonObject {
  const events = eventsOf(text);
  assert.equal(events[0]?.['type'], 'message_start');
  assert.equal(events.at(-1)?.['type'], 'message_stop');
  assert.equal(events.at(-2)?.['type'], 'message_delta');
  const message = child(events[0], 'message');
  for (const member of ['input_tokens', 'output_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens']) {
    assert.equal(typeof child(message, 'usage')[member], 'number');
  }
  assert.deepEqual(message['content'], []);
  assert.equal(message['stop_reason'], null);
  const content: JsonObject[] = [];
  let open: Record<string, unknown> | null = null;
  let json = '';
  for (const event of events.slice(1, -2)) {
    switch (event['type']) {
      case 'content_block_start':
        assert.equal(open, null, 'one block is open at a time');
        assert.equal(event['index'], content.length, 'indexes have no gaps');
        open = { ...child(event, 'content_block') };
        if (open['type'] === 'tool_use') assert.deepEqual(open['input'], {});
        json = '';
        break;
      case 'content_block_delta':
        assert.ok(open !== null);
        assert.equal(event['index'], content.length);
        json += addDelta(open, child(event, 'delta'));
        break;
      case 'content_block_stop':
        assert.ok(open !== null);
        assert.equal(event['index'], content.length);
        if (open['type'] === 'thinking') assert.notEqual(open['signature'], '', 'reasoning is signed');
        content.push(json === '' ? open : { ...open, input: json });
        open = null;
        break;
      default:
        assert.fail(`unexpected ${String(event['type'])}`);
    }
  }
  assert.equal(open, null, 'every block is closed');
  const last = events.at(-2);
  return { ...message, content, ...child(last, 'delta'), usage: child(last, 'usage') };
}

function addDelta(open: Record<string, unknown>, delta: JsonObject): string {
  const expected: Readonly<Record<string, string>> = {
    text_delta: 'text',
    thinking_delta: 'thinking',
    signature_delta: 'thinking',
    input_json_delta: 'tool_use',
  };
  assert.equal(open['type'], expected[String(delta['type'])], 'a delta fits its block');
  if (delta['type'] === 'input_json_delta') return String(delta['partial_json']);
  if (delta['type'] === 'signature_delta') open['signature'] = delta['signature'];
  else if (delta['type'] === 'text_delta') open['text'] = `${String(open['text'])}${String(delta['text'])}`;
  else open['thinking'] = `${String(open['thinking'])}${String(delta['thinking'])}`;
  return '';
}

function child(parent: JsonObject | undefined, name: string): JsonObject {
  const value = parent?.[name];
  assert.ok(isObject(value), name);
  return value;
}
