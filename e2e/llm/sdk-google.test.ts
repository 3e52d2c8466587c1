/** The official Google client on models that do not speak generateContent. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, GoogleGenAI, Type, type Content, type GenerateContentResponse } from '@google/genai';
import {
  calls,
  said,
  secret,
  startScriptedUpstreams,
  structured,
  thought,
  upstreamNames,
  usage,
} from './scripted-upstreams.ts';

const weather = {
  name: 'get_weather',
  description: 'the weather of a city',
  parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } }, required: ['city'] },
};

test('the official Google client reaches models behind every API', async (t) => {
  const { gateway, onlyTo } = await startScriptedUpstreams(t, 'generateContent');
  const client = new GoogleGenAI({ apiKey: 'unused', httpOptions: { baseUrl: new URL('/', gateway.url).href } });
  for (const name of upstreamNames) {
    const model = `on-${name}`;
    // The mock plays Cohere's reasoning as text.
    const thinks = name !== 'cohere';
    await t.test(`${name}: whole and streamed text, with usage`, async () => {
      const value = secret();
      const ask = { model, contents: value, config: { maxOutputTokens: 500, systemInstruction: 'be kind' } };
      const whole = await client.models.generateContent(ask);
      assert.equal(whole.text, said(value));
      assert.equal(whole.candidates?.[0]?.finishReason, 'STOP');
      assert.equal(whole.usageMetadata?.promptTokenCount, usage.input);
      assert.equal(whole.usageMetadata.candidatesTokenCount, usage.output);
      const chunks = await Array.fromAsync(await client.models.generateContentStream(ask));
      assert.equal(chunks.map((chunk) => chunk.text ?? '').join(''), said(value));
      assert.equal(chunks.at(-1)?.candidates?.[0]?.finishReason, 'STOP');
      assert.equal(chunks.at(-1)?.usageMetadata?.totalTokenCount, usage.input + usage.output);
      onlyTo(name);
    });

    await t.test(`${name}: a turn with thoughts and a function, whole and streamed`, async () => {
      for (const streamed of [false, true]) {
        const value = secret();
        const contents: Content[] = [{ role: 'user', parts: [{ text: thinks ? 'think of the weather' : 'weather?' }] }];
        const config = {
          tools: [{ functionDeclarations: [weather] }],
          thinkingConfig: { includeThoughts: true, thinkingBudget: 2000 },
        };
        const ask = { model, contents, config };
        const answers = async (): Promise<GenerateContentResponse[]> =>
          streamed
            ? await Array.fromAsync(await client.models.generateContentStream(ask))
            : [await client.models.generateContent(ask)];
        const parts = (await answers()).flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
        const thoughts = parts.map((part) => (part.thought === true ? part.text : ''));
        if (thinks) assert.equal(thoughts.join(''), thought);
        const made = parts.flatMap(({ functionCall }) => functionCall ?? []);
        assert.deepEqual(
          made.map((call) => [call.name, call.args]),
          calls.map((input) => ['get_weather', input]),
        );
        contents.push({ role: 'model', parts });
        contents.push({
          role: 'user',
          parts: made.map(({ id, name = '' }) => ({
            functionResponse: { ...(id === undefined ? {} : { id }), name, response: { output: value } },
          })),
        });
        assert.equal((await answers()).map((chunk) => chunk.text ?? '').join(''), said(`${value} ${value}`));
      }
      onlyTo(name);
    });

    await t.test(`${name}: structured output`, async () => {
      const properties = { city: { type: Type.STRING }, degrees: { type: Type.NUMBER } };
      const answered = await client.models.generateContent({
        model,
        contents: 'answer in JSON',
        config: {
          responseMimeType: 'application/json',
          responseSchema: { type: Type.OBJECT, properties, required: ['city', 'degrees'] },
        },
      });
      assert.deepEqual(JSON.parse(answered.text ?? ''), structured);
      onlyTo(name);
    });

    await t.test(`${name}: a chat object keeps its history`, async () => {
      const chat = client.chats.create({ model });
      await chat.sendMessage({ message: 'first' });
      const value = secret();
      assert.equal((await chat.sendMessage({ message: value })).text, said(value));
      onlyTo(name);
    });
  }

  await t.test('tokens are counted where the upstream cannot', async () => {
    const { totalTokens = 0 } = await client.models.countTokens({
      model: 'on-completions',
      contents: 'three little words',
    });
    assert(totalTokens > 0 && totalTokens < 40, String(totalTokens));
  });

  await t.test('the models are listed, and one is found', async () => {
    const listed = await Array.fromAsync(await client.models.list());
    assert(listed.some(({ name }) => name === 'models/on-cohere'));
    assert.equal((await client.models.get({ model: 'on-messages' })).name, 'models/on-messages');
  });

  await t.test('an unknown model is an error that the client reads', async () => {
    await assert.rejects(client.models.generateContent({ model: 'none', contents: 'hi' }), (error) => {
      assert(error instanceof ApiError);
      assert.equal(error.status, 404);
      assert.match(error.message, /NOT_FOUND/);
      return true;
    });
  });
  await gateway.stop();
});
