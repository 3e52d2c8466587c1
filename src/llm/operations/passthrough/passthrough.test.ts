import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findField, multipartBoundary } from './multipart-field.ts';
import { isVersioned, pathModel, withPathModel } from './path-model.ts';

const B = 'xYz-1';

function part(name: string, value: string | Buffer, more = ''): Buffer {
  const head = `--${B}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), Buffer.from(value), Buffer.from('\r\n')]);
}

const end = Buffer.from(`--${B}--\r\n`);
const form = (...parts: Buffer[]): Buffer => Buffer.concat([...parts, end]);

test('a field is found wherever it stands, and its bytes with it', () => {
  for (const parts of [
    [part('model', 'whisper-1'), part('file', 'RIFF', '; filename="a.wav"')],
    [part('file', 'RIFF\r\n--not\r\n', '; filename="a.wav"'), part('model', 'whisper-1')],
  ]) {
    const bytes = form(...parts);
    const found = findField(bytes, B, 'model');
    assert(typeof found === 'object');
    assert.equal(found.value, 'whisper-1');
    assert.equal(bytes.toString('utf8', found.start, found.end), 'whisper-1');
  }
});

test('what is no such field is not taken for it', () => {
  assert.equal(findField(form(part('file', 'x', '; filename="model"')), B, 'model'), 'absent');
  assert.equal(findField(form(part('model', 'x', '; filename="model"')), B, 'model'), 'absent');
  assert.equal(findField(form(part('purpose', 'name="model"')), B, 'model'), 'absent');
  assert.equal(findField(form(part('model', 'x'.repeat(2000))), B, 'model'), 'absent');
});

test('an empty field is empty', () => {
  const found = findField(form(part('model', '')), B, 'model');
  assert(typeof found === 'object');
  assert.equal(found.value, '');
});

test('heads in other spellings are read', () => {
  const bytes = Buffer.from(
    `preamble\r\n--${B}\r\ncontent-type: text/plain\r\ncontent-disposition: form-data; name=model\r\n\r\nm\r\n--${B}--`,
  );
  const found = findField(bytes, B, 'model');
  assert(typeof found === 'object');
  assert.equal(found.value, 'm');
});

test('the beginning of a form says nothing, or what the whole says', () => {
  const bytes = form(part('file', Buffer.alloc(300, '\r\n-'), '; filename="f"'), part('model', 'm-1'), part('n', '2'));
  const whole = findField(bytes, B, 'model');
  fc.assert(
    fc.property(fc.nat({ max: bytes.length }), (length) => {
      const found = findField(bytes.subarray(0, length), B, 'model');
      if (found !== 'unknown') assert.deepEqual(found, whole);
    }),
  );
});

for (const [type, boundary] of [
  ['multipart/form-data; boundary=abc', 'abc'],
  ['multipart/form-data; charset=utf-8; boundary="a b"', 'a b'],
  ['Multipart/Form-Data;boundary=----WebKit1', '----WebKit1'],
  ['multipart/form-data', null],
  ['application/json; boundary=abc', null],
] as const) {
  test(`the boundary of ${type}`, () => assert.equal(multipartBoundary(type), boundary));
}

for (const [path, model] of [
  ['/v1beta/models/imagen-4:predict', 'imagen-4'],
  ['/openai/deployments/my%20model/images/generations', 'my model'],
  ['/v1/engines/ada/search', 'ada'],
  ['/openai/Deployments//gpt/chat/completions', 'gpt'],
  ['/openai/%64eployments/gpt/chat/completions', 'gpt'],
  ['/v1/files', null],
  ['/v1/models/gpt-4o', null],
] as const) {
  test(`${path} names ${model ?? 'no model'}`, () => assert.equal(pathModel(path), model));
}

test('the model of a path can be another', () => {
  assert.equal(withPathModel('/v1beta/models/a:predict', 'b/c'), '/v1beta/models/b%2Fc:predict');
  assert.equal(withPathModel('/openai/deployments/a/images', 'b'), '/openai/deployments/b/images');
  assert.equal(withPathModel('/v1beta/models/a%2Fb:predict', 'a/b'), '/v1beta/models/a%2Fb:predict');
  assert.equal(withPathModel('/deployments/images/images/generations', 'b'), '/deployments/b/images/generations');
  assert.equal(withPathModel('/v1/files', 'b'), '/v1/files');
});

test('paths without a version are those of no LLM API', () => {
  assert.deepEqual(
    ['/v1/files', '/openai/v1/files/x', '/v1beta/cachedContents', '/', '/favicon.ico', '/v1', '/health'].map(
      isVersioned,
    ),
    [true, true, true, false, false, false, false],
  );
});
