import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderList } from '../../../net/http/headers.ts';
import { parseMessages, type Message } from '../jsonrpc.ts';
import { withMeta, withoutEnvelope } from './envelope.ts';
import { decodeFieldValue, encodeFieldValue } from './header-value.ts';
import { checkNameFields, requestFields } from './headers.ts';
import { inputRequiredText, readInputRequired, readInputResponses, withInput, withoutInput } from './input.ts';
import { checkParamFields, paramFields, paramHeaders } from './param-headers.ts';
import { stampResult, unstampResult } from './results.ts';
import { untagged } from './subscriptions.ts';

test('header values survive the way there and back', () => {
  for (const value of [
    'plain',
    'with space',
    ' padded',
    'padded ',
    'ä',
    '',
    'a\nb',
    '=?base64?eA==?=',
    'x'.repeat(300),
  ]) {
    const field = encodeFieldValue(value);
    assert.match(field, /^[\x20-\x7e]+$/);
    assert.equal(decodeFieldValue(field), value);
  }
  assert.equal(encodeFieldValue('plain text'), 'plain text');
  for (const broken of ['=?base64?x?=', '=?base64?!!!!?=', '=?base64?eA=?=', '=?base64?/w==?=']) {
    assert.equal(decodeFieldValue(broken), null);
  }
});

test('fields repeat the method, and what the request is about', () => {
  assert.deepEqual(requestFields('tools/call', '{"arguments":{"name":"no"},"name":"ü"}').slice(2), [
    'mcp-method',
    'tools/call',
    'mcp-name',
    '=?base64?w7w=?=',
  ]);
  assert.deepEqual(requestFields('resources/read', '{"uri":"f:///1"}').slice(4), ['mcp-name', 'f:///1']);
  assert.equal(requestFields('tools/list', '').length, 4);
});

test('a field may leave out the task that a request is about, but not name another', () => {
  const check = (method: string, params: object, name?: string): void => {
    const message = parseMessages(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })) as Message;
    checkNameFields(new HeaderList(['mcp-method', method, ...(name === undefined ? [] : ['mcp-name', name])]), message);
  };
  check('tasks/get', { taskId: 'a' });
  check('tasks/get', { taskId: 'a' }, 'a');
  assert.throws(() => check('tasks/get', { taskId: 'a' }, 'b'), /Mcp-Name is not params.taskId/);
  assert.throws(() => check('tools/call', { name: 'a' }), /Mcp-Name header is missing/);
});

test('members of _meta are set without touching the rest', () => {
  const members = new Map([['k', '1']]);
  assert.equal(withMeta('', members), '{"_meta":{"k":1}}');
  assert.equal(withMeta('{}', members), '{"_meta":{"k":1}}');
  assert.equal(withMeta('{"a":1.0}', members), '{"_meta":{"k":1},"a":1.0}');
  assert.equal(withMeta('{"a":1,"_meta":{"k":2,"x":1e2}}', members), '{"a":1,"_meta":{"k":1,"x":1e2}}');
  assert.equal(withMeta('{"_meta":null}', members), '{"_meta":{"k":1}}');
  const sent = '{"_meta":{"io.modelcontextprotocol/logLevel":"info","progressToken":7.0},"a":1}';
  assert.equal(withoutEnvelope(sent), '{"_meta":{"progressToken":7.0},"a":1}');
});

test('results get, and lose, what is new in this revision', () => {
  assert.equal(stampResult('tools/call', '{"content":[]}'), '{"resultType":"complete","content":[]}');
  assert.equal(stampResult('completion/complete', '{}'), '{"resultType":"complete"}');
  const read = '{"contents":[1.0]}';
  const stamped = '{"resultType":"complete","ttlMs":0,"cacheScope":"private","contents":[1.0]}';
  assert.equal(stampResult('resources/read', read), stamped);
  assert.equal(unstampResult(stamped, JSON.parse(stamped)), read);
  const bare = '{"resultType":"complete","content":[],"structuredContent":[1.0],"isError":false}';
  const text = '{"content":[{"type":"text","text":"[1.0]"}],"isError":false}';
  assert.equal(unstampResult(bare, JSON.parse(bare)), text);
  const both = '{"content":[{"type":"text","text":"one"}],"structuredContent":[1]}';
  assert.equal(unstampResult(both, JSON.parse(both)), '{"content":[{"type":"text","text":"one"}]}');
  assert.equal(unstampResult(read, JSON.parse(read)), read);
});

test('questions and answers are read and written', () => {
  const asked =
    '{"resultType":"input_required","inputRequests":{"a":{"method":"roots/list"},"b":{"method":"elicitation/create","params":{"n":1.0}}},"requestState":"s\\u00e9"}';
  const required = readInputRequired(asked, JSON.parse(asked));
  assert.deepEqual(
    [...(required?.requests ?? [])],
    [
      ['a', { method: 'roots/list', params: '' }],
      ['b', { method: 'elicitation/create', params: '{"n":1.0}' }],
    ],
  );
  assert.equal(required?.requestState, '"s\\u00e9"');
  const retry = withInput('{"name":"x","requestState":"old"}', new Map([['a', '{"roots":[]}']]), '"s\\u00e9"');
  assert.equal(retry, '{"inputResponses":{"a":{"roots":[]}},"requestState":"s\\u00e9","name":"x"}');
  assert.deepEqual([...readInputResponses(retry)], [['a', '{"roots":[]}']]);
  assert.equal(withoutInput(retry), '{"name":"x"}');
  assert.equal(withInput('', new Map(), '"s"'), '{"requestState":"s"}');
  assert.equal(
    inputRequiredText(new Map([['a', { method: 'roots/list', params: '' }]]), 's'),
    '{"resultType":"input_required","inputRequests":{"a":{"method":"roots/list"}},"requestState":"s"}',
  );
  for (const senseless of [
    '{}',
    '{"inputRequests":{}}',
    '{"inputRequests":{"a":{"method":"no/such"}}}',
    '{"inputRequests":[1]}',
  ]) {
    assert.equal(readInputRequired(senseless, JSON.parse(senseless)), null);
  }
});

test('headers of arguments are found where they may stand, and nowhere else', () => {
  const named = { type: 'string', 'x-mcp-header': 'Region' };
  assert.deepEqual(paramHeaders({ type: 'object', properties: { a: { type: 'object', properties: { b: named } } } }), [
    { name: 'Region', path: ['a', 'b'], numeric: false },
  ]);
  assert.deepEqual(paramHeaders({ properties: { a: { default: { 'x-mcp-header': '' } } } }), []);
  for (const faulty of [
    { properties: { a: { ...named, type: 'number' } } },
    { properties: { a: { ...named, 'x-mcp-header': 'a b' } } },
    { properties: { a: named, b: { ...named, 'x-mcp-header': 'REGION' } } },
    { properties: { a: { type: 'array', items: named } } },
    { $defs: { a: named } },
    { oneOf: [{ properties: { a: named } }] },
    named,
  ]) {
    assert.equal(typeof paramHeaders(faulty), 'string', JSON.stringify(faulty));
  }
});

test('headers of arguments must say what the arguments do', () => {
  const declared = [
    { name: 'Region', path: ['region'], numeric: false },
    { name: 'Count', path: ['count'], numeric: true },
  ];
  const params = '{"arguments":{"region":"ü","count":42}}';
  const fields = paramFields(declared, params);
  assert.deepEqual(fields, ['mcp-param-region', '=?base64?w7w=?=', 'mcp-param-count', '42']);
  checkParamFields(new HeaderList(fields), declared, params);
  checkParamFields(
    new HeaderList(['mcp-param-region', '=?base64?w7w=?=', 'mcp-param-count', '42.0']),
    declared,
    params,
  );
  checkParamFields(new HeaderList(), declared, '{"arguments":{"region":null}}');
  checkParamFields(new HeaderList(), declared, '');
  const big = '{"arguments":{"count":12345678901234567890}}';
  assert.deepEqual(paramFields(declared, big), ['mcp-param-count', '12345678901234567890']);
  checkParamFields(new HeaderList(['mcp-param-count', '12345678901234567890']), declared, big);
  const near = new HeaderList(['mcp-param-count', '12345678901234567891']);
  assert.throws(() => checkParamFields(near, declared, big), { code: -32020 });
  for (const wrong of [
    [],
    ['mcp-param-region', 'u', 'mcp-param-count', '42'],
    ['mcp-param-region', '=?base64?w7w=?=', 'mcp-param-count', ''],
  ]) {
    assert.throws(() => checkParamFields(new HeaderList(wrong), declared, params), { code: -32020, status: 400 });
  }
});

test('a notification loses the id of the stream that it came on', () => {
  const text =
    '{"jsonrpc":"2.0","method":"n","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":3,"x":1.0},"uri":"u"}}';
  assert.equal(untagged(parseMessages(text) as Message).bodyText, '{"_meta":{"x":1.0},"uri":"u"}');
});
