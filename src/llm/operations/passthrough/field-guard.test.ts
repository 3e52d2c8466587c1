import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FieldGuard, type FormVerdict } from './field-guard.ts';

const part = (disposition: string, value: string): string =>
  `--b\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${value}\r\n`;
const model = (value: string): string => part('name="model"', value);
const file = part('name="file"; filename="a.wav"', 'RIFF\r\n--not\r\nname="model"\r\n\r\n');

/** What is said of a form that comes in pieces of this size. */
function verdict(form: string, size: number, allowed = 1): FormVerdict {
  const guard = new FieldGuard('b', 'model', allowed);
  const bytes = Buffer.from(form);
  for (let at = 0; at < bytes.length; at += size) {
    const said = guard.push(bytes.subarray(at, at + size));
    if (said !== 'good') return said;
  }
  return 'good';
}

for (const [what, form, expected] of [
  ['one field', `${model('m')}${file}--b--\r\n`, 'good'],
  ['one field, and a file of that name', `${model('m')}${part('name="x"; filename="model"', '')}--b--`, 'good'],
  ['one field without content', `${model('')}${file}--b--\r\n`, 'good'],
  ['two fields', `${model('a')}${file}${model('b')}--b--\r\n`, 'repeated'],
  [
    'two fields, the first without content',
    `${model('').replace('\r\n\r\n\r\n', '\r\n\r\n')}${model('b')}--b--`,
    'repeated',
  ],
  ['a second one in other spelling', `${model('a')}${part('NAME = model', 'b')}--b--`, 'repeated'],
  ['a second one with escapes', `${model('a')}${part("name*=utf-8''mod%65l", 'b')}--b--`, 'repeated'],
  ['a second one in pieces', `${model('a')}${part('name*0="mo"; name*1="del"', 'b')}--b--`, 'repeated'],
  ['a second one as a file', `${model('a')}${part('name="model"; filename=""', 'b')}--b--`, 'repeated'],
  ['a second one on a folded line', `${model('a')}${part('\r\n name="model"', 'b')}--b--`, 'repeated'],
  ['a head without an end', `--b\r\nx: ${'y'.repeat(20_000)}`, 'malformed'],
  ['lines that end otherwise', `--b\nContent-Disposition: form-data; name="x"\n\nm\n--b\nX: y\r\n\r\n`, 'malformed'],
  ['what follows the form', `${model('a')}--b--\r\n${model('b')}--b--`, 'good'],
] as const) {
  test(`a form with ${what} is ${expected}, however it is cut`, () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: form.length }), (size) => verdict(form, size) === expected));
  });
}

test('where none is allowed the first is one too many', () => {
  assert.equal(verdict(`${file}${model('m')}--b--`, 7, 0), 'repeated');
});
