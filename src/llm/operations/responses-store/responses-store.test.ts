import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf, openId, sealId } from './response-id.ts';
import { sealEvents, sealWhole } from './seal.ts';
import { storePath } from './store-path.ts';

const key = keyOf('p');

test('an id carries its provider and gives it back', () => {
  const text = sealId({ id: 'resp_abc', key });
  assert.match(text, /^resp_abc_wg[0-9a-f]{8}$/);
  assert.deepEqual(openId(text), { id: 'resp_abc', key });
  assert.equal(openId('resp_abc'), null);
  assert.equal(keyOf('p'), key);
  assert.notEqual(keyOf('q'), key);
});

test('of a whole answer only the ids of responses change', () => {
  const body =
    '{ "id" : "resp_1","previous_response_id":"resp_0", "n":1.0, "output":[{"id":"msg_1","response":{"id":"resp_x"}}]}';
  const expected = body.replace('resp_1', `resp_1_wg${key}`).replace('resp_0', `resp_0_wg${key}`);
  assert.equal(sealWhole(Buffer.from(body), key).toString(), expected);
});

test('what holds no id of a response stays the same buffer', () => {
  for (const body of ['{"id":"msg_1"}', '{"object":"list","data":[{"id":"resp_1"}]}', 'no json', '{"id":null}']) {
    const bytes = Buffer.from(body);
    assert.equal(sealWhole(bytes, key), bytes);
  }
});

test('an id is sealed once', () => {
  const once = sealWhole(Buffer.from('{"id":"resp_1"}'), key);
  assert.equal(sealWhole(once, key), once);
});

test('of a stream only the events change that carry a response, each in its id', () => {
  const created =
    'event: response.created\r\ndata: {"type":"response.created","response":{"id":"resp_1","previous_response_id":null}}\r\n\r\n';
  const delta =
    'event: response.output_text.delta\ndata: {"delta":"data: {\\"response\\":{\\"id\\":\\"resp_1\\"}}"}\n\n';
  const done = 'data:{"response":{"output":[],"id":"resp_1"},"type":"response.completed"}\n\n';
  const sealed = sealEvents(Buffer.from(created + delta + done), key).toString();
  const mark = (text: string): string => text.replace('"resp_1"', `"resp_1_wg${key}"`);
  assert.equal(sealed, mark(created) + delta + mark(done));
  const plain = Buffer.from(delta);
  assert.equal(sealEvents(plain, key), plain);
});

for (const [path, id, after] of [
  ['/v1/responses/resp_1', 'resp_1', ''],
  ['/v1/responses/resp_1/cancel', 'resp_1', '/cancel'],
  ['/openai/v1/responses/resp_1/input_items', 'resp_1', '/input_items'],
] as const) {
  test(`${path} is about one response`, () => {
    const found = storePath(path);
    assert.equal(found?.id, id);
    assert.equal(found.after, after);
    assert.equal(found.before + found.id + found.after, path);
  });
}

test('other paths are not', () => {
  for (const path of ['/v1/responses', '/v1/responses/compact', '/v1/responses/input_tokens', '/v1/files/f']) {
    assert.equal(storePath(path), null);
  }
});
