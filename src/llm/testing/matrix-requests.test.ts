import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { GatewayError } from '../../base/errors.ts';
import { bodyOnly, requestContext } from '../formats/testing/pivot.ts';
import { upstreamFormats } from '../formats/table.ts';
import { LlmBadRequest } from '../pivot/drops.ts';
import type { ChatFormat, JsonObject, RequestLine, UpstreamFormat } from '../pivot/format.ts';
import type { PivotRequest } from '../pivot/request.ts';
import { checkConversation } from './conversation.ts';
import { sentTo } from './sent-to.ts';
import { validateRequest } from './validate.ts';

const formats = new URL('../formats/', import.meta.url);

/** Formats whose folder has another name. */
const folders: Readonly<Record<string, string>> = { generateContent: 'generate-content', cohereChat: 'cohere' };

/** Models whose facts lead a writer different ways. */
const models: Readonly<Record<string, readonly string[]>> = {
  completions: ['gpt-5', 'gpt-4.1', 'qwen3'],
  responses: ['gpt-5', 'gpt-4.1'],
  messages: ['claude-sonnet-4-6', 'claude-opus-4-8', 'claude-3-5-haiku-20241022', 'claude-sonnet-4-20250514'],
  converse: [
    'anthropic.claude-sonnet-4-6',
    'anthropic.claude-3-haiku-20240307-v1:0',
    'amazon.nova-pro-v1:0',
    'unknown.x',
  ],
  'generate-content': ['gemini-3-pro', 'gemini-3-flash', 'gemini-2.5-flash', 'gemini-2.0-flash'],
  cohere: ['command-a-03-2025', 'command-a-reasoning-08-2025'],
};

/** Folder → codec. */
const codecs = new Map([...upstreamFormats].map(([format, codec]) => [folders[format] ?? format, codec]));

for (const [client, codec] of codecs) {
  const cases = new URL(`${client}/testdata/read-request/`, formats);
  if (!readsRequests(codec) || !existsSync(cases)) continue;
  for (const [upstream, { writeRequest }] of codecs) {
    for (const model of models[upstream] ?? []) {
      test(`what ${client} clients may ask of ${model} becomes a request that ${upstream} takes`, () => {
        const wrong = readdirSync(cases).flatMap((file) => {
          const asked = input(new URL(file, cases));
          const request = read(codec, asked);
          const body = request === null ? null : write(writeRequest, { ...request, model });
          if (body === null) return [];
          // Of a conversation that is broken already it is the upstream that says so.
          const broken = sentTo(client, asked).some(([target]) => checkConversation(target, asked).length > 0);
          return sentTo(upstream, body).flatMap(([target, sent]) =>
            validateRequest(target, sent)
              .filter(({ rule }) => !(broken && rule === 'conversation'))
              .map(({ path, message }) => `${file}: ${target}: ${path} ${message}`),
          );
        });
        assert.deepEqual(wrong, []);
      });
    }
  }
}

function readsRequests(codec: UpstreamFormat): codec is ChatFormat {
  return 'readRequest' in codec;
}

/** What a golden case gives to read. */
function input(file: URL): JsonObject {
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly in: JsonObject }).in;
}

/** What a case asks, or null for one that is refused. */
function read(codec: ChatFormat, asked: JsonObject): PivotRequest | null {
  const { line, ...body } = asked as JsonObject & { readonly line?: RequestLine };
  return unlessRefused(() => codec.readRequest(body, line ?? bodyOnly));
}

/** The body as it would be sent, or null for a request that is refused. */
function write(writeRequest: UpstreamFormat['writeRequest'], request: PivotRequest): object | null {
  const body = unlessRefused(() => writeRequest(request, requestContext(request.model, 'drop')));
  return body === null ? null : (JSON.parse(JSON.stringify(body)) as object);
}

function unlessRefused<T>(run: () => T): T | null {
  try {
    return run();
  } catch (error) {
    if (error instanceof LlmBadRequest || error instanceof GatewayError) return null;
    throw error;
  }
}
