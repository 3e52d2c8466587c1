/** Pictures and documents that official clients attach arrive at providers of other APIs, byte for byte. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOpenAI } from '@ai-sdk/openai';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { ChatOpenAI } from '@langchain/openai';
import { HumanMessage } from '@langchain/core/messages';
import { generateText } from 'ai';
import type { LlmGateway } from './llm-gateway.ts';
import { startScriptedUpstreams, upstreamsBut, type UpstreamName } from './scripted-upstreams.ts';

/** The smallest of their kind, in base64. */
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const pdf = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF').toString('base64');
const prompt = 'What is it?';

/** A client that speaks one API, and asks about a picture and a document. */
interface Client {
  readonly speaks: UpstreamName;
  ask(gateway: LlmGateway, model: string): Promise<unknown>;
}

const rootOf = ({ url }: LlmGateway): string => new URL('/', url).href;

const clients: Readonly<Record<string, Client>> = {
  'openai, chat': {
    speaks: 'completions',
    ask: ({ client }, model) =>
      client.chat.completions.create({
        model,
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: prompt },
              { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } },
              {
                type: 'file',
                file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${pdf}` },
              },
            ],
          },
        ],
      }),
  },
  'openai, responses': {
    speaks: 'responses',
    ask: ({ client }, model) =>
      client.responses.create({
        model,
        store: false,
        input: [
          {
            role: 'user',
            content: [
              { type: 'input_text', text: prompt },
              { type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${png}` },
              {
                type: 'input_file',
                filename: 'a.pdf',
                file_data: `data:application/pdf;base64,${pdf}`,
              },
            ],
          },
        ],
      }),
  },
  '@anthropic-ai/sdk': {
    speaks: 'messages',
    ask: (gateway, model) =>
      new Anthropic({ apiKey: 'unused', baseURL: rootOf(gateway), maxRetries: 0 }).messages.create({
        model,
        max_tokens: 500,
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: prompt },
              { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } },
              {
                type: 'document',
                source: { type: 'base64', media_type: 'application/pdf', data: pdf },
              },
            ],
          },
        ],
      }),
  },
  '@google/genai': {
    speaks: 'generateContent',
    ask: (gateway, model) =>
      new GoogleGenAI({ apiKey: 'unused', httpOptions: { baseUrl: rootOf(gateway) } }).models.generateContent({
        model,
        contents: [
          { text: prompt },
          { inlineData: { mimeType: 'image/png', data: png } },
          { inlineData: { mimeType: 'application/pdf', data: pdf } },
        ],
      }),
  },
  '@ai-sdk/openai, responses': {
    speaks: 'responses',
    ask: ({ url }, model) =>
      generateText({
        model: createOpenAI({ apiKey: 'unused', baseURL: url }).responses(model),
        maxRetries: 0,
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: prompt },
              { type: 'file', mediaType: 'image/png', data: png },
              { type: 'file', mediaType: 'application/pdf', data: pdf, filename: 'a.pdf' },
            ],
          },
        ],
      }),
  },
  '@langchain/openai': {
    speaks: 'completions',
    ask: ({ url }, model) =>
      new ChatOpenAI({ model, apiKey: 'unused', maxRetries: 0, configuration: { baseURL: url } }).invoke([
        new HumanMessage({
          contentBlocks: [
            { type: 'text', text: prompt },
            { type: 'image', mimeType: 'image/png', data: png },
            { type: 'file', mimeType: 'application/pdf', data: pdf, metadata: { filename: 'a.pdf' } },
          ],
        }),
      ]),
  },
};

test('pictures and documents of official clients reach providers of other APIs', async (t) => {
  const { gateway, onlyTo, sent } = await startScriptedUpstreams(t);
  for (const [title, { speaks, ask }] of Object.entries(clients)) {
    for (const name of upstreamsBut(speaks)) {
      await t.test(`${title} on ${name}`, async () => {
        if (name === 'cohere') {
          // This model of Cohere reads text only.
          await assert.rejects(ask(gateway, 'on-cohere'), /\(image\) is not supported by this model of Cohere/);
          return;
        }
        await ask(gateway, `on-${name}`);
        const body = sent().at(-1) ?? '';
        for (const part of [prompt, png, pdf]) assert(body.includes(part), part);
        onlyTo(name);
      });
    }
  }
  await gateway.stop();
});
