import assert from 'node:assert/strict';
import type { JsonObject } from '../../../pivot/format.ts';

/** The item types whose text comes in deltas, by the events that carry it. */
const DELTAS: Readonly<Record<string, string>> = {
  'response.output_text.delta': 'message',
  'response.refusal.delta': 'message',
  'response.reasoning_summary_text.delta': 'reasoning',
  'response.function_call_arguments.delta': 'function_call',
  'response.custom_tool_call_input.delta': 'custom_tool_call',
};

/** What of one item was said so far. */
interface OpenItem {
  readonly id: unknown;
  readonly type: unknown;
  /** The part that is open, and its text; null between parts. */
  part: string | null;
  parts: number;
  /** Text of the part that was closed last, or of the whole call. */
  text: string;
}

/** Events of a stream's text. Asserts that each is named like its data. */
export function eventsOf(text: string): JsonObject[] {
  const events = text.split('\n\n').filter((one) => one !== '' && !one.startsWith(':'));
  return events.map((one) => {
    const [, name, data] = /^event: (.+)\ndata: (.+)$/s.exec(one) ?? [];
    const event = JSON.parse(data ?? '') as JsonObject;
    assert.equal(event['type'], name);
    return event;
  });
}

/**
 * Asserts the order of events that clients rely on: numbers without gaps; the response created, then in progress, ended
 * once and last; items numbered in the order in which they begin, each begun and ended once; parts one after the other;
 * the text that ends a part is the sum of its deltas.
 *
 * @returns the response that the stream ends with
 */
export function assertEventOrder(events: readonly JsonObject[]): JsonObject {
  assert.deepEqual(
    events.map((event) => event['sequence_number']),
    events.map((_, at) => at),
  );
  assert.deepEqual(
    events.slice(0, 2).map((event) => event['type']),
    ['response.created', 'response.in_progress'],
  );
  const last = events.at(-1) as JsonObject;
  assert.match(String(last['type']), /^response\.(?:completed|incomplete|failed)$/);
  const open = new Map<unknown, OpenItem>();
  const whole: unknown[] = [];
  let begun = 0;
  for (const event of events.slice(2, -1)) {
    const { type, output_index: index } = event;
    if (type === 'response.output_item.added') {
      assert.equal(index, begun++);
      const item = event['item'] as JsonObject;
      open.set(index, { id: item['id'], type: item['type'], part: null, parts: 0, text: '' });
      continue;
    }
    const item = open.get(index);
    assert.ok(item !== undefined, `${String(type)} of an item that is not open`);
    if (type === 'response.output_item.done') {
      assert.equal(item.part, null);
      open.delete(index);
      whole[index as number] = event['item'];
      continue;
    }
    assert.equal(event['item_id'], item.id);
    assertPart(String(type), event, item);
  }
  const response = last['response'] as JsonObject;
  if (last['type'] === 'response.failed') return response;
  assert.equal(open.size, 0);
  assert.deepEqual(response['output'], whole);
  return response;
}

function assertPart(type: string, event: JsonObject, item: OpenItem): void {
  if (type.endsWith('_part.added')) {
    assert.equal(item.part, null);
    assert.equal(event['content_index'] ?? event['summary_index'], item.parts++);
    item.part = '';
  } else if (type.endsWith('.delta')) {
    assert.equal(DELTAS[type], item.type);
    if (item.part === null) item.text += String(event['delta']);
    else item.part += String(event['delta']);
  } else if (type.endsWith('_part.done')) {
    assert.notEqual(item.part, null);
    item.part = null;
  } else {
    const { text, refusal, arguments: args, input } = event;
    assert.equal(text ?? refusal ?? args ?? input, item.part ?? item.text);
  }
}
