/** Reasoning and calls over turns: what a provider signed comes back to it, and never reaches another vendor. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedFormat } from '../formats/table.ts';
import { modelFacts } from '../models/table.ts';
import { sentTo } from '../testing/sent-to.ts';
import { validateRequest } from '../testing/validate.ts';
import type { JsonObject } from '../pivot/format.ts';
import { mayHoldSealed } from './sealed.ts';
import type { ClientRequest } from './translation.ts';
import { answer, ask, cells, type Cell } from './testing/matrix.ts';

/** The signature in the answer of each upstream that signs. */
const signatures: Readonly<Record<string, string>> = {
  responses: 'T1BFTkFJ',
  messages: 'QU5USFJPUElD',
  converse: 'QU5USFJPUElD',
  'generate-content': 'R09PR0xF',
};

/** A model of the vendor whose API a client speaks. */
const sameVendor: Readonly<Record<string, string>> = {
  completions: 'gpt-5',
  responses: 'gpt-5',
  messages: 'claude-sonnet-4-5',
  'generate-content': 'gemini-3-pro',
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

function violations(client: string, body: JsonObject): readonly string[] {
  return sentTo(client, body).flatMap(([api, sent]) => validateRequest(api, sent).map((one) => JSON.stringify(one)));
}

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

for (const cell of cells) {
  const signature = signatures[cell.upstream];
  // Claude reads what Claude signed elsewhere.
  if (signature === undefined || signature === signatures[cell.client]) continue;

  test(`a ${cell.client} body that goes on as it is carries nothing that ${cell.upstream} signed`, () => {
    const { body } = afterAnswer(cell);
    assert(mayHoldSealed(Buffer.from(JSON.stringify(body))) || JSON.stringify(body).includes('"thinking_blocks"'));
    const model = sameVendor[cell.client] ?? '';
    const client = sharedFormat(cell.pair.client.format);
    assert(client !== undefined);
    const changed = client.withoutForeignThoughts(body, modelFacts(model));
    const sent = { ...body, ...Object.fromEntries(changed) };
    const text = JSON.stringify(sent);
    assert(!text.includes(signature) && !mayHoldSealed(Buffer.from(text)), text);
    const asked: JsonObject = cell.client === 'generate-content' ? sent : { ...sent, model };
    const before = new Set(violations(cell.client, { ...cell.request.body, ...('model' in asked ? { model } : {}) }));
    assert.deepEqual(
      violations(cell.client, asked).filter((violation) => !before.has(violation)),
      [],
    );
  });
}
