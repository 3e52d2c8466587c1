import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyTokens } from './body-tokens.ts';

const words = 'The quick brown fox jumps over the lazy dog. ';
const image = Buffer.alloc(1024 * 1024, 'some bytes').toString('base64');
const tokens = (body: unknown): number => bodyTokens(Buffer.from(JSON.stringify(body)));

test('text counts four bytes a token, however long it is', () => {
  assert.equal(bodyTokens(Buffer.alloc(41, words)), 11);
  assert.equal(bodyTokens(Buffer.alloc(1024 * 1024, words)), 256 * 1024);
});

test('a medium counts as one, whatever its length and the text around it', () => {
  const text = { type: 'text', text: words.repeat(1000) };
  const medium = { type: 'image_url', image_url: { url: `data:image/png;base64,${image}` } };
  const about = Buffer.from(JSON.stringify([text, text, text])).byteLength / 4 + 2 * 765;
  const counted = tokens([text, medium, text, medium, text]);
  assert.ok(Math.abs(counted - about) < 5000, `${counted} of ${about}`);
});

test('text that is not ASCII is text', () => {
  assert.equal(bodyTokens(Buffer.alloc(90_000, '語')), 22_500);
});
