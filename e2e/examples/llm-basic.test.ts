import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { eventually } from '../../testkit/client.ts';
import { example } from './example.ts';

interface Completion {
  readonly object: string;
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number };
}

test('the llm-basic example does what its README says', { timeout: 60_000 }, async (t) => {
  const llm = await example(t, 'llm-basic');
  await llm.validates();
  const waygate = await llm.start();
  const { data } = JSON.parse(await llm.run('/v1/models')) as { readonly data: readonly { readonly id: string }[] };
  assert.deepEqual(
    data.map(({ id }) => id),
    ['demo', 'assistant', 'local/*'],
  );
  const completion = JSON.parse(await llm.run('/v1/chat/completions')) as Completion;
  llm.allWereRun();
  assert.equal(completion.object, 'chat.completion');

  const { prompt_tokens: input, completion_tokens: output } = completion.usage;
  const usage = [`gen_ai.usage.input_tokens=${input} `, `gen_ai.usage.output_tokens=${output} `];
  await eventually(() => usage.every((field) => waygate.stdout().includes(field)), 'the usage in the access log');
  const metrics = await (await fetch(`http://127.0.0.1:${llm.statsPort}/metrics`)).text();
  const counted = (type: string): number =>
    Number(metrics.match(new RegExp(`^\\w+_token_usage_sum{.*gen_ai_token_type="${type}"} (\\d+)$`, 'm'))?.[1]);
  assert.deepEqual([counted('input'), counted('output')], [input, output]);

  const client = new OpenAI({ apiKey: 'any', baseURL: `http://localhost:${llm.port(4000)}/v1`, maxRetries: 0 });
  const messages = [{ role: 'user' as const, content: 'hello' }];
  const parts = await Array.fromAsync(
    await client.chat.completions.create({ model: 'assistant', messages, stream: true }),
  );
  assert.ok(parts.length > 1);
  await assert.rejects(client.chat.completions.create({ model: 'other', messages }), (error) => {
    assert.ok(error instanceof OpenAI.NotFoundError);
    assert.equal(error.code, 'model_not_found');
    return true;
  });
});
