import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { PivotEvent } from '../../pivot/response.ts';
import { readCount, writeCount, writeCountRequest } from './count-tokens.ts';
import { messagesFormat } from './messages.ts';
import { modelFacts } from '../../models/table.ts';
import { adaptSchema } from './output-schema.ts';
import { fromSafeToken, toSafeToken } from './safe-token.ts';
import { readSignature, writeSignature } from './signature.ts';
import { assembled, eventsOf } from './testing/block-discipline.ts';
import { answerContext, pivotRequest, requestContext } from '../testing/pivot.ts';
import { toolInput } from './tool-input.ts';

/** A block of an answer, its text cut into pieces. */
interface Cut {
  readonly kind: 'text' | 'thinking' | 'tool';
  readonly pieces: readonly string[];
}

const cutText = fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 4 });
const cutJson = fc
  .tuple(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.nat(30), { maxLength: 3 }))
  .map(([value, cuts]) => cut(JSON.stringify(value), cuts));
const block: fc.Arbitrary<Cut> = fc.oneof(
  cutText.map((pieces) => ({ kind: 'text' as const, pieces })),
  cutText.map((pieces) => ({ kind: 'thinking' as const, pieces })),
  cutJson.map((pieces) => ({ kind: 'tool' as const, pieces })),
);

function cut(text: string, at: readonly number[]): readonly string[] {
  const points = [0, ...at.map((point) => Math.min(point, text.length)).toSorted((a, b) => a - b), text.length];
  return points.slice(1).map((to, index) => text.slice(points[index], to));
}

/** Events of blocks; calls are all open at once and their pieces come in turns, as upstreams may send them. */
function eventsFor(blocks: readonly Cut[], interleaved: boolean): readonly PivotEvent[] {
  const starts: PivotEvent[] = [];
  const lists = blocks.map(({ kind, pieces }, number): PivotEvent[] => {
    if (kind !== 'tool') return pieces.map((text) => ({ kind, block: number, text }));
    starts.push({ kind: 'toolStart', block: number, id: `t${number}`, name: 'get' });
    return pieces.map((text) => ({ kind: 'toolInput', block: number, text }));
  });
  const events: PivotEvent[] = interleaved ? [...starts] : [];
  const longest = Math.max(0, ...lists.map((list) => list.length));
  if (interleaved)
    for (let at = 0; at < longest; at += 1) events.push(...lists.flatMap((list) => list.slice(at, at + 1)));
  else
    lists.forEach((list, number) =>
      events.push(...starts.filter((event) => 'block' in event && event.block === number), ...list),
    );
  return [...events, { kind: 'stop', stop: 'end', stopSequence: null }, { kind: 'end' }];
}

function stream(events: readonly PivotEvent[]): string {
  const writer = messagesFormat.streamWriter(answerContext());
  return events.map((event) => writer.write(event)).join('');
}

describe('Messages round trips', () => {
  it('keep the block discipline and every character for any order of events', () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 5 }), fc.boolean(), (blocks, interleaved) => {
        const content = assembled(stream(eventsFor(blocks, interleaved)))['content'] as Record<string, unknown>[];
        const inputs = content.filter((one) => one['type'] === 'tool_use').map((one) => [one['id'], one['input']]);
        const wanted = blocks.flatMap((one, number) =>
          one.kind === 'tool' ? [[`t${number}`, one.pieces.join('')]] : [],
        );
        assert.deepEqual(new Map(inputs as [string, string][]), new Map(wanted as [string, string][]));
        if (interleaved) return;
        assert.deepEqual(
          content.map((one) => one['text'] ?? one['thinking'] ?? one['input']),
          blocks.map((one) => one.pieces.join('')),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('read what was written, however its blocks are cut', () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 5 }), (blocks) => {
        const whole = blocks.map((one) => ({ ...one, pieces: [one.pieces.join('')] }));
        assert.deepEqual(readBack(stream(eventsFor(blocks, false))), readBack(stream(eventsFor(whole, false))));
      }),
      { numRuns: 200 },
    );
  });

  it('give back any id and name, in the alphabet of the API', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constant('wg-_2')), (text) => {
        const wellFormed = text.toWellFormed();
        const token = toSafeToken(wellFormed);
        assert.match(token, /^[a-zA-Z0-9_-]+$/);
        assert.equal(fromSafeToken(token), wellFormed);
      }),
    );
    assert.equal(fromSafeToken('wg-_zz'), 'wg-_zz');
  });

  it('give back any signature with its vendor, and nothing for a damaged one', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (vendor, signature) => {
        fc.pre(vendor !== 'anthropic');
        assert.deepEqual(readSignature(writeSignature(vendor, signature)), { vendor, signature });
      }),
    );
    assert.deepEqual(readSignature('waygate.v1.AAAA'), { vendor: 'unreadable' });
  });

  it('keep the digits of long integers in arguments', () => {
    const input = '{"id":12345678901234567890,"n":1.5,"s":"12345678901234567890"}';
    assert.equal(JSON.stringify(toolInput(input)), input);
  });
});

describe('Messages facts and limits', () => {
  it('name the newest of a family for models that are newer than the table', () => {
    for (const name of ['claude-opus-9', 'anthropic/claude-sonnet-7.5', 'claude-next']) {
      assert.deepEqual(modelFacts(name), modelFacts('claude-opus-5'));
    }
    assert.equal(modelFacts('claude-haiku-7').maxOutput, 64_000);
    assert.equal(modelFacts('us.anthropic.claude-opus-4-20250514-v1:0').maxOutput, 32_000);
    assert.equal(modelFacts('claude-sonnet-4@20250514').maxOutput, 64_000);
    assert.equal(modelFacts('claude-opus-4-1').maxOutput, 32_000);
    assert.equal(modelFacts('claude-opus-4-10').thinking, 'effort');
  });

  it('do not inline references that grow without measure', () => {
    const $defs: Record<string, unknown> = { d0: { type: 'string' } };
    for (let level = 1; level < 40; level += 1) {
      const below = { $ref: `#/$defs/d${level - 1}` };
      $defs[`d${level}`] = { type: 'object', properties: { a: below, b: below } };
    }
    assert.equal(adaptSchema({ $ref: '#/$defs/d39', $defs }), null);
  });

  it('count tokens of what would be sent', () => {
    const request = pivotRequest({
      maxTokens: 5,
      stream: true,
      user: 'u',
      messages: [{ role: 'user', blocks: [{ kind: 'text', text: 'a' }] }],
    });
    assert.deepEqual(Object.keys(writeCountRequest(request, requestContext('claude-sonnet-4-6', 'reject'))), [
      'model',
      'messages',
    ]);
    assert.equal(readCount(writeCount(12)), 12);
    assert.equal(readCount({}), null);
  });
});

describe('Messages errors', () => {
  const body = (value: unknown): string => JSON.stringify(value);
  const cases: readonly (readonly [number, string, string, string])[] = [
    [529, body({ type: 'error', error: { type: 'overloaded_error', message: 'm' } }), 'overloaded_error', 'm'],
    [400, body({ error: { message: 'm', type: 'invalid_request_error' } }), 'invalid_request_error', 'm'],
    [404, body({ error: 'gone' }), 'not_found_error', 'gone'],
    [413, body({ message: 'm' }), 'request_too_large', 'm'],
    [502, '<html>', 'api_error', 'the upstream answered with status 502'],
    [429, 'slow down', 'rate_limit_error', 'slow down'],
    [422, '', 'invalid_request_error', 'the upstream answered with status 422'],
  ];
  for (const [status, text, type, message] of cases) {
    it(`are read from ${status} ${text}`, () => {
      assert.deepEqual(messagesFormat.readError(status, text), { status, type, message, code: null, param: null });
    });
  }

  it('are written with types that the API knows', () => {
    const error = { status: 429, type: 'insufficient_quota', message: 'm', code: null, param: null };
    assert.deepEqual(messagesFormat.writeError(error), {
      type: 'error',
      error: { type: 'rate_limit_error', message: 'm' },
    });
  });
});

/** The pivot's content of a stream's text, neighbouring pieces of a block joined. */
function readBack(text: string): readonly string[] {
  const reader = messagesFormat.streamReader();
  const joined = new Map<string, string>();
  for (const data of eventsOf(text)) {
    for (const event of reader.event(String(data['type']), JSON.stringify(data))) {
      if (!('block' in event)) continue;
      const key = `${event.block} ${event.kind}`;
      joined.set(key, (joined.get(key) ?? '') + ('text' in event ? event.text : JSON.stringify(event)));
    }
  }
  return [...joined].map(([key, value]) => `${key} ${value}`);
}
