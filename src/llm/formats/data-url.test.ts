import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseDataUrl, writeDataUrl } from './data-url.ts';

const cases: readonly (readonly [string, string, { mediaType: string; data: string } | null])[] = [
  ['the plain form', 'data:image/png;base64,aGk=', { mediaType: 'image/png', data: 'aGk=' }],
  ['parameters', 'data:image/png;charset=utf-8;name=a.png;base64,aGk=', { mediaType: 'image/png', data: 'aGk=' }],
  ['upper case', 'DATA:IMAGE/PNG;BASE64,aGk=', { mediaType: 'image/png', data: 'aGk=' }],
  ['image/jpg', 'data:image/jpg;base64,aGk=', { mediaType: 'image/jpeg', data: 'aGk=' }],
  ['percent-encoded base64', 'data:image/png;base64,aGk%3D', { mediaType: 'image/png', data: 'aGk=' }],
  ['folded base64', 'data:image/png;base64,aG\r\nk=', { mediaType: 'image/png', data: 'aGk=' }],
  ['URL-safe base64', 'data:image/png;base64,-_-_', { mediaType: 'image/png', data: '+/+/' }],
  ['text, split at the first comma', 'data:text/plain,a%2Cb,c', { mediaType: 'text/plain', data: 'YSxiLGM=' }],
  ['no media type', 'data:,hi', { mediaType: 'text/plain', data: 'aGk=' }],
  ['nothing inside', 'data:image/png;base64,', { mediaType: 'image/png', data: '' }],
  ['no comma', 'data:image/png;base64', null],
  ['another scheme', 'https://x/y.png', null],
  ['characters outside the alphabet', 'data:image/png;base64,a!b', null],
  ['a broken escape', 'data:image/png;base64,%zz', null],
];
for (const [name, url, expected] of cases) {
  test(`data URL: ${name}`, () => assert.deepEqual(parseDataUrl(url), expected));
}

test('what is written as a data URL is read back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const written = { mediaType: 'application/pdf', data: Buffer.from(bytes).toString('base64') };
      assert.deepEqual(parseDataUrl(writeDataUrl(written)), written);
    }),
    { numRuns: 50 },
  );
});
