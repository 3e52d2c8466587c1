import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { bodyOnly } from '../formats/testing/pivot.ts';
import { upstreamFormats } from '../formats/table.ts';
import type { ChatFormat, JsonObject, RequestLine, UpstreamFormat } from '../pivot/format.ts';
import type { PivotRequest } from '../pivot/request.ts';
import { checkConversation } from './conversation.ts';
import { folderOf, models } from './models.ts';
import { sentTo } from './sent-to.ts';
import { validateRequest } from './validate.ts';
import { unlessRefused, written } from './written.ts';

const formats = new URL('../formats/', import.meta.url);

/** Folder → codec. */
const codecs = new Map([...upstreamFormats].map(([format, codec]) => [folderOf(format), codec]));

for (const [client, codec] of codecs) {
  const cases = new URL(`${client}/testdata/read-request/`, formats);
  if (!readsRequests(codec) || !existsSync(cases)) continue;
  for (const [upstream, target] of codecs) {
    for (const model of models[upstream] ?? []) {
      test(`what ${client} clients may ask of ${model} becomes a request that ${upstream} takes`, () => {
        const wrong = readdirSync(cases).flatMap((file) => {
          const asked = input(new URL(file, cases));
          const request = read(codec, asked);
          const body = request === null ? null : written(target, { ...request, model });
          if (body === null) return [];
          // Of a conversation that is broken already it is the upstream that says so.
          const broken = sentTo(client, asked).some(([api]) => checkConversation(api, asked).length > 0);
          return sentTo(upstream, body).flatMap(([api, sent]) =>
            validateRequest(api, sent)
              .filter(({ rule }) => !(broken && rule === 'conversation'))
              .map(({ path, message }) => `${file}: ${api}: ${path} ${message}`),
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

test('writing a request changes nothing of it, so that another provider may be asked', () => {
  for (const [client, codec] of codecs) {
    const cases = new URL(`${client}/testdata/read-request/`, formats);
    if (!readsRequests(codec) || !existsSync(cases)) continue;
    for (const file of readdirSync(cases)) {
      const request = read(codec, input(new URL(file, cases)));
      if (request === null) continue;
      const before = JSON.stringify(request);
      for (const [upstream, target] of codecs) {
        for (const model of models[upstream] ?? []) written(target, { ...request, model });
        assert.equal(JSON.stringify(request), before, `${file} for ${upstream}`);
      }
    }
  }
});
