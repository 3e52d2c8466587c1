import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf, openId, sealId } from './response-id.ts';
import { sealEvents, sealWhole, type IdSealer } from './seal.ts';
import { storePath } from './store-path.ts';

const key = keyOf('p');
const told = (id: string): string => sealId({ id, key, model: null });
const sealer: IdSealer = { own: told, previous: told };

test('an id carries its provider and gives it back', () => {
  const text = told('resp_abc');
  assert.match(text, /^resp_abc_wg[0-9a-f]{8}$/);
  assert.deepEqual(openId(text), { id: 'resp_abc', key, model: null });
  assert.equal(openId('resp_abc'), null);
  assert.equal(keyOf('p'), key);
  assert.notEqual(keyOf('q'), key);
});

test('an id may say with which model it was made, whatever that is called', () => {
  for (const name of ['gpt-5', 'team/*', 'ü.\u{1F600}_wg00000000', 'x'.repeat(500)]) {
    const sealed = { id: 'resp_a.b_wg', key, model: { name, tag: 'tag-of_22.'.replace('.', 'x') } };
    const text = sealId(sealed);
    assert.match(text, /^[\w.-]+$/);
    assert.deepEqual(openId(text), sealed);
  }
  assert.equal(openId(`resp_${'x'.repeat(3000)}_wg00000000`), null);
});

test('of a whole answer only the ids of responses change', () => {
  const body =
    '{ "id" : "resp_1","previous_response_id":"resp_0", "n":1.0, "output":[{"id":"msg_1","response":{"id":"resp_x"}}]}';
  const expected = body.replace('resp_1', `resp_1_wg${key}`).replace('resp_0', `resp_0_wg${key}`);
  assert.equal(sealWhole(Buffer.from(body), sealer).toString(), expected);
});

test('what holds no id of a response stays the same buffer', () => {
  for (const body of ['{"id":"msg_1"}', '{"object":"list","data":[{"id":"resp_1"}]}', 'no json', '{"id":null}']) {
    const bytes = Buffer.from(body);
    assert.equal(sealWhole(bytes, sealer), bytes);
  }
});

test('the id of a response and that of the one before it are told each in its own way', () => {
  const body = '{"id":"resp_1","previous_response_id":"resp_0"}';
  const own = (id: string): string => `${id}!`;
  assert.equal(
    sealWhole(Buffer.from(body), { own, previous: (id) => id }).toString(),
    '{"id":"resp_1!","previous_response_id":"resp_0"}',
  );
});

test('an id is sealed once', () => {
  const once = sealWhole(Buffer.from('{"id":"resp_1"}'), sealer);
  assert.equal(sealWhole(once, sealer), once);
});

test('of a stream only the events change that carry a response, each in its id', () => {
  const created =
    'event: response.created\r\ndata: {"type":"response.created","response":{"id":"resp_1","previous_response_id":null}}\r\n\r\n';
  const delta =
    'event: response.output_text.delta\ndata: {"delta":"data: {\\"response\\":{\\"id\\":\\"resp_1\\"}}"}\n\n';
  const done = 'data:{"response":{"output":[],"id":"resp_1"},"type":"response.completed"}\n\n';
  const sealed = sealEvents(Buffer.from(created + delta + done), sealer).toString();
  const mark = (text: string): string => text.replace('"resp_1"', `"resp_1_wg${key}"`);
  assert.equal(sealed, mark(created) + delta + mark(done));
  const plain = Buffer.from(delta);
  assert.equal(sealEvents(plain, sealer), plain);
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
