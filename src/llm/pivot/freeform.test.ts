import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pivotRequest } from '../formats/testing/pivot.ts';
import { FreeformAnswer, lowerFreeform } from './freeform.ts';
import { TextMember } from './text-member.ts';

const patch = { name: 'apply_patch', description: 'Edits.', schema: null, strict: null };
const request = pivotRequest({
  tools: [
    { ...patch, freeform: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' } },
    { ...patch, name: 'get' },
  ],
  messages: [
    {
      role: 'assistant',
      blocks: [
        { kind: 'toolCall', id: '1', name: 'apply_patch', input: 'a "b"' },
        { kind: 'toolCall', id: '2', name: 'get', input: '{}' },
      ],
    },
  ],
});

test('a freeform tool becomes a function of one string, in the history as well', () => {
  const { tools, messages } = lowerFreeform(request);
  assert.equal(tools[0]?.freeform, undefined);
  assert.equal(tools[0]?.description, 'Edits.\nIts input is text in this format:\nstart: "x"');
  assert.deepEqual(tools[0].schema?.['required'], ['input']);
  assert.deepEqual(
    messages[0]?.blocks.map((block) => ('input' in block ? block.input : '')),
    ['{"input":"a \\"b\\""}', '{}'],
  );
});

test('the call of a lowered tool comes back as text, other calls as they are', () => {
  const answer = new FreeformAnswer(request);
  const start = { kind: 'toolStart', block: 0, id: '1', name: 'apply_patch' } as const;
  assert.deepEqual(answer.event(start), start);
  assert.equal(answer.event({ kind: 'toolInput', block: 0, text: '{"inp' }), null);
  const text = { kind: 'toolInput', block: 0, text: 'ut":"a\\n' } as const;
  assert.deepEqual(answer.event(text), { ...text, text: 'a\n' });
  const other = { kind: 'toolInput', block: 1, text: '{"input":"x"}' } as const;
  assert.deepEqual(answer.event(other), other);
});

test('the text of a member is the same however its JSON is cut', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.array(fc.nat({ max: 40 })), (text, cuts) => {
      const json = ` { "input" : ${JSON.stringify(text.toWellFormed())} }`;
      const member = new TextMember('input');
      let read = '';
      let from = 0;
      for (const cut of cuts.toSorted((a, b) => a - b)) {
        read += member.push(json.slice(from, Math.max(from, cut)));
        from = Math.max(from, cut);
      }
      assert.equal(read + member.push(json.slice(from)), text.toWellFormed());
    }),
  );
});

test('the call of a freeform tool that is not declared any more is lowered, too', () => {
  const call = { kind: 'toolCall', id: '1', name: 'gone', input: 'text' } as const;
  const blocks = [{ ...call, freeform: true as const }];
  const { messages } = lowerFreeform(pivotRequest({ messages: [{ role: 'assistant', blocks }] }));
  assert.deepEqual(messages[0]?.blocks, [{ ...call, input: '{"input":"text"}' }]);
});

test('the text of an upstream that has freeform tools itself stays as it is', () => {
  const answer = new FreeformAnswer(request);
  answer.event({ kind: 'toolStart', block: 0, id: '1', name: 'apply_patch', freeform: true });
  const text = { kind: 'toolInput', block: 0, text: '{"input":"x"}' } as const;
  assert.deepEqual(answer.event(text), text);
  const block = { kind: 'toolCall', id: '1', name: 'apply_patch', input: '{"input":"x"}', freeform: true } as const;
  const response = {
    id: '',
    model: '',
    created: 0,
    blocks: [block],
    stop: 'end',
    stopSequence: null,
    usage: null,
  } as const;
  assert.deepEqual(answer.response(response).blocks, [block]);
});
