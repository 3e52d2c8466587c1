/** Reasoning and calls over turns: what a provider signed comes back to it, and never reaches another vendor. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sentTo } from '../testing/sent-to.ts';
import { validateRequest } from '../testing/validate.ts';
import type { JsonObject } from '../pivot/format.ts';
import type { ClientRequest } from './translation.ts';
import { answer, ask, cells, type Cell } from './testing/matrix.ts';

/** The signature in the answer of each upstream that signs. */
const signatures: Readonly<Record<string, string>> = {
  responses: 'T1BFTkFJ',
  messages: 'QU5USFJPUElD',
  converse: 'QU5USFJPUElD',
  'generate-content': 'R09PR0xF',
};

/** How a client goes on: the answer as it came, then what its tool found. */
const nextTurn: Readonly<Record<string, (body: JsonObject, said: JsonObject) => JsonObject>> = {
  completions: (body, said) => {
    const { message } = (said['choices'] as [{ message: { tool_calls: [{ id: string }] } }])[0];
    const result = { role: 'tool', tool_call_id: message.tool_calls[0].id, content: 'cold' };
    return { ...body, messages: [...(body['messages'] as unknown[]), message, result] };
  },
  responses: (body, said) => {
    const output = said['output'] as { type: string; call_id?: string }[];
    const callId = output.find(({ type }) => type === 'function_call')?.call_id;
    const result = { type: 'function_call_output', call_id: callId, output: 'cold' };
    return { ...body, input: [...(body['input'] as unknown[]), ...output, result] };
  },
  messages: (body, said) => {
    const content = said['content'] as { type: string; id?: string }[];
    const result = {
      type: 'tool_result',
      tool_use_id: content.find(({ type }) => type === 'tool_use')?.id,
      content: 'cold',
    };
    const turns = [
      { role: 'assistant', content },
      { role: 'user', content: [result] },
    ];
    return { ...body, messages: [...(body['messages'] as unknown[]), ...turns] };
  },
  'generate-content': (body, said) => {
    const { content } = (said['candidates'] as [{ content: JsonObject }])[0];
    const functionResponse = { name: 'get_weather', response: { output: 'cold' } };
    return {
      ...body,
      contents: [...(body['contents'] as unknown[]), content, { role: 'user', parts: [{ functionResponse }] }],
    };
  },
};

/** The next request of a conversation whose last answer came from the cell's upstream. */
function afterAnswer(cell: Cell): ClientRequest {
  const asked = ask(cell, cell.request, false);
  const bytes = Buffer.from(JSON.stringify(cell.answers.answer));
  const said = JSON.parse(answer(cell, asked, 200, 'application/json', [bytes])) as JsonObject;
  const next = nextTurn[cell.client];
  assert(next !== undefined);
  return { ...cell.request, body: next(cell.request.body, said) };
}

for (const cell of cells) {
  const signature = signatures[cell.upstream];
  if (signature === undefined) continue;

  test(`${cell.client} clients give ${cell.upstream} back what it signed`, () => {
    const next = ask(cell, afterAnswer(cell), false);
    assert(JSON.stringify(next.written).includes(signature), JSON.stringify(next.written));
  });

  test(`what ${cell.upstream} signed reaches no other vendor from ${cell.client} clients, whose request stays valid`, () => {
    const request = afterAnswer(cell);
    for (const other of cells) {
      if (other.client !== cell.client || signatures[other.upstream] === signature) continue;
      const { written } = ask(other, request, false);
      const text = JSON.stringify(written);
      assert(!text.includes(signature) && !text.includes('waygate.v1.'), `${other.upstream}: ${text}`);
      const wrong = sentTo(other.upstream, written).flatMap(([api, sent]) => validateRequest(api, sent));
      assert.deepEqual(wrong, [], other.upstream);
    }
  });
}
