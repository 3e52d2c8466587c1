import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pivotRequest } from '../formats/testing/pivot.ts';
import { LlmBadRequest } from '../pivot/drops.ts';
import { mediaUrls, withMedia } from './media.ts';

const picture = { kind: 'image', source: { kind: 'url', url: 'https://e.test/a' } } as const;
const paper = { kind: 'document', source: { kind: 'url', url: 'https://e.test/b' } } as const;
const request = pivotRequest({
  messages: [
    { role: 'user', blocks: [picture, { kind: 'text', text: 'what is it?' }] },
    { role: 'user', blocks: [{ kind: 'toolResult', callId: '1', blocks: [paper, picture], isError: false }] },
  ],
});

test('URLs of media are found once, in results of tools too, and replaced by what they gave', () => {
  const named = (taken: ReadonlySet<string>): string[] => mediaUrls(request, taken).map(({ url }) => url);
  assert.deepEqual(named(new Set()), ['https://e.test/a', 'https://e.test/b']);
  assert.deepEqual(named(new Set(['image'])), ['https://e.test/b']);
  const data = Buffer.from('bytes');
  const filled = withMedia(
    request,
    new Map([
      ['https://e.test/a', { mediaType: 'image/jpg', data }],
      ['https://e.test/b', { mediaType: 'application/pdf', data }],
    ]),
  );
  assert.deepEqual(mediaUrls(filled, new Set()), []);
  assert.deepEqual(filled.messages[0]?.blocks[0], {
    kind: 'image',
    source: { kind: 'base64', mediaType: 'image/jpeg', data: 'Ynl0ZXM=' },
  });
});

test('what is no picture is refused, with its URL', () => {
  const media = new Map([['https://e.test/a', { mediaType: 'text/html', data: Buffer.from('<html>') }]]);
  assert.throws(
    () => withMedia(request, media),
    (error) => {
      assert(error instanceof LlmBadRequest);
      assert.match(error.message, /https:\/\/e\.test\/a gave text\/html/);
      return true;
    },
  );
});
