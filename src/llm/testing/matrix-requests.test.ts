import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { upstreamFormats } from '../formats/table.ts';
import type { ChatFormat, UpstreamFormat } from '../pivot/format.ts';
import { checkConversation } from './conversation.ts';
import { folderOf, models } from './models.ts';
import { sentTo } from './sent-to.ts';
import { translated, type Asked } from './translated.ts';
import { validateRequest } from './validate.ts';

const formats = new URL('../formats/', import.meta.url);

/** Folder → codec. */
const upstreams = new Map([...upstreamFormats].map(([format, codec]) => [folderOf(format), codec]));

/** Formats that clients speak, with what they ask in golden cases: file → body. */
const clients = [...upstreams].flatMap(([name, codec]) => {
  const folder = new URL(`${name}/testdata/read-request/`, formats);
  if (!readsRequests(codec) || !existsSync(folder)) return [];
  const cases = readdirSync(folder).map((file): [string, Asked] => {
    const { in: asked } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as { readonly in: Asked };
    return [file, asked];
  });
  return [{ name, codec, cases }];
});

for (const client of clients) {
  for (const [name, upstream] of upstreams) {
    for (const model of models[name] ?? []) {
      test(`what ${client.name} clients may ask of ${model} becomes a request that ${name} takes`, () => {
        const wrong = client.cases.flatMap(([file, asked]) => {
          const body = translated({ client: client.codec, upstream }, asked, model);
          if (body === null) return [];
          // Of a conversation that is broken already it is the upstream that says so.
          const broken = sentTo(client.name, asked).some(([api]) => checkConversation(api, asked).length > 0);
          return sentTo(name, body).flatMap(([api, sent]) =>
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

test('writing a request changes nothing of it, so that another provider may be asked', () => {
  for (const client of clients) {
    for (const [file, asked] of client.cases) {
      const before = JSON.stringify(asked);
      for (const [name, upstream] of upstreams) {
        for (const model of models[name] ?? []) translated({ client: client.codec, upstream }, asked, model);
        assert.equal(JSON.stringify(asked), before, `${file} for ${name}`);
      }
    }
  }
});

function readsRequests(codec: UpstreamFormat): codec is ChatFormat {
  return 'readRequest' in codec;
}
