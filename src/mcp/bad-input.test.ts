/** What is wrong with a request, the status and code of each revision for it, and that nothing else suffers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usualLimits } from './limits.ts';
import { FakeServer, withTools } from './testdata/fake-target.ts';
import { makeEndpoint } from './testdata/fetch-harness.ts';
import { ModernClient } from './testdata/modern-client.ts';
import { RawClient } from './testdata/raw-client.ts';
import { handshakeRevisions } from './wire/versions.ts';

type Expected = readonly [status: number, code: number | null];

interface Case {
  readonly what: string;
  /** Text of the body, or the method and params of a request. */
  readonly body: string | { readonly method: string; readonly params?: Record<string, unknown> };
  readonly headers?: Record<string, string>;
  /** In a session of any revision, or of each. */
  readonly session: Expected | Readonly<Record<string, Expected>>;
  /** Without a session, 2026-07-28; absent: nothing that this revision knows. */
  readonly modern?: Expected;
}

const deep = `${'['.repeat(70)}${']'.repeat(70)}`;
const batch: Readonly<Record<string, Expected>> = {
  '2025-11-25': [400, -32600],
  '2025-06-18': [400, -32600],
  '2025-03-26': [200, null],
  '2024-11-05': [400, -32600],
};

const cases: readonly Case[] = [
  { what: 'no JSON', body: '{', session: [400, -32700], modern: [400, -32700] },
  { what: 'nothing', body: '', session: [400, -32700], modern: [400, -32700] },
  { what: 'no object', body: '1', session: [400, -32600], modern: [400, -32600] },
  { what: 'no message', body: '{}', session: [400, -32600], modern: [400, -32600] },
  {
    what: 'another JSON-RPC',
    body: '{"jsonrpc":"1.0","id":1,"method":"tools/list"}',
    session: [400, -32600],
    modern: [400, -32600],
  },
  { what: 'no JSON-RPC', body: '{"id":1,"method":"tools/list"}', session: [400, -32600], modern: [400, -32600] },
  ...['null', '{}', '[1]', 'true'].map((id): Case => ({
    what: `an id that is ${id}`,
    body: `{"jsonrpc":"2.0","id":${id},"method":"tools/list"}`,
    session: [400, -32600],
    modern: [400, -32600],
  })),
  {
    what: 'a method that is no text',
    body: '{"jsonrpc":"2.0","id":1,"method":7}',
    session: [400, -32600],
    modern: [400, -32600],
  },
  ...['[]', '"x"', 'null', '3'].map((params): Case => ({
    what: `params that are ${params}`,
    body: `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":${params}}`,
    session: [400, -32600],
    modern: [400, -32600],
  })),
  {
    what: 'a result that is an error, too',
    body: '{"jsonrpc":"2.0","id":1,"result":{},"error":{}}',
    session: [400, -32600],
    modern: [400, -32600],
  },
  {
    what: 'a result for nobody',
    body: '{"jsonrpc":"2.0","id":77,"result":{}}',
    session: [202, null],
    modern: [400, -32600],
  },
  { what: 'an empty batch', body: '[]', session: [400, -32600], modern: [400, -32600] },
  {
    what: 'a batch',
    body: '[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"ping"}]',
    session: batch,
    modern: [400, -32600],
  },
  {
    what: 'too large a message',
    body: `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"x":"${'x'.repeat(5000)}"}}`,
    session: [413, -32600],
    modern: [413, -32600],
  },
  {
    what: 'too deep a message',
    body: `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"x":${deep}}}`,
    session: [400, -32600],
    modern: [400, -32600],
  },
  { what: 'an unknown method', body: { method: 'no/such' }, session: [200, -32601], modern: [404, -32601] },
  {
    what: 'a method of servers',
    body: { method: 'sampling/createMessage' },
    session: [200, -32601],
    modern: [404, -32601],
  },
  { what: 'a method that went', body: { method: 'ping' }, session: [200, null], modern: [404, -32601] },
  {
    what: 'a level',
    body: { method: 'logging/setLevel', params: { level: 'x' } },
    session: [200, -32601],
    modern: [404, -32601],
  },
  { what: 'a method that came', body: { method: 'server/discover' }, session: [200, -32601], modern: [200, null] },
  { what: 'a second handshake', body: { method: 'initialize' }, session: [200, -32600], modern: [404, -32601] },
  { what: 'a tool without a name', body: { method: 'tools/call' }, session: [200, -32602], modern: [200, -32602] },
  {
    what: 'a name that is no text',
    body: { method: 'tools/call', params: { name: 1 } },
    session: [200, -32602],
    modern: [200, -32602],
  },
  {
    what: 'arguments that are no object',
    body: { method: 'tools/call', params: { name: 'x', arguments: [1] } },
    session: [200, -32602],
    modern: [200, -32602],
  },
  {
    what: 'an unknown tool',
    body: { method: 'tools/call', params: { name: 'b_x' } },
    session: [200, -32602],
    modern: [200, -32602],
  },
  {
    what: 'an unknown prompt',
    body: { method: 'prompts/get', params: { name: 'n' } },
    session: [200, -32602],
    modern: [200, -32602],
  },
  {
    what: 'a cursor of nobody',
    body: { method: 'tools/list', params: { cursor: 'x' } },
    session: [200, -32602],
    modern: [200, -32602],
  },
  {
    what: 'a cursor that is no text',
    body: { method: 'tools/list', params: { cursor: 1 } },
    session: [200, -32602],
    modern: [200, -32602],
  },
  {
    what: 'a URI that is no text',
    body: { method: 'resources/read', params: { uri: {} } },
    session: [200, -32602],
    modern: [200, -32602],
  },
  {
    what: 'an unknown resource',
    body: { method: 'resources/read', params: { uri: 'c+x:/' } },
    session: [200, -32002],
    modern: [200, -32602],
  },
  {
    what: 'no reference',
    body: { method: 'completion/complete', params: { ref: 'x' } },
    session: [200, -32602],
    modern: [200, -32602],
  },
  {
    what: 'another content type',
    body: { method: 'tools/list' },
    headers: { 'content-type': 'text/plain' },
    session: [415, -32000],
    modern: [415, -32000],
  },
  {
    what: 'a client that takes no events',
    body: { method: 'tools/list' },
    headers: { accept: 'application/json' },
    session: [406, -32000],
    modern: [406, -32000],
  },
  {
    what: 'a session of nobody',
    body: { method: 'tools/list' },
    headers: { 'mcp-session-id': 'x' },
    session: [404, -32001],
    modern: [200, null],
  },
  {
    what: 'an unknown notification',
    body: '{"jsonrpc":"2.0","method":"notifications/none"}',
    session: [202, null],
    modern: [202, null],
  },
  {
    what: 'a revision of nobody',
    body: { method: 'tools/list' },
    headers: { 'mcp-protocol-version': '1999-01-01' },
    session: [400, -32000],
    modern: [400, -32020],
  },
];

const makeServers = (): FakeServer[] => ['a', 'd'].map((name) => new FakeServer(name, { answer: withTools('x') }));

function endpoint(): ReturnType<typeof makeEndpoint> {
  const targets = makeServers().map(({ target }) => target);
  return makeEndpoint({ targets, limits: { ...usualLimits, maxMessageBytes: 4096 }, prefixMode: 'onClash' });
}

async function outcome(response: Response): Promise<Expected> {
  const text = await response.text();
  const answer = text.startsWith('{') ? (JSON.parse(text) as { error?: { code: number } }) : {};
  return [response.status, answer.error?.code ?? null];
}

for (const revision of handshakeRevisions) {
  test(`sessions of ${revision} get the status and code of their revision, and go on`, async () => {
    const client = new RawClient(endpoint());
    await client.initialize({ protocolVersion: revision });
    for (const { what, body, headers, session } of cases) {
      const expected = Array.isArray(session) ? session : (session as Record<string, Expected>)[revision];
      const sent = typeof body === 'string' ? body : { jsonrpc: '2.0', id: 1, ...body };
      assert.deepEqual(await outcome(await client.post(sent, headers)), expected, what);
      assert.deepEqual((await client.call('ping')).result, {}, `after ${what}`);
    }
  });
}

test('requests of 2026-07-28 get the status and code of that revision', async () => {
  const client = new ModernClient(endpoint());
  for (const { what, body, headers = {}, modern } of cases) {
    if (modern === undefined) continue;
    const response =
      typeof body === 'string'
        ? await client.fetch('http://localhost/mcp', {
            method: 'POST',
            headers: {
              accept: 'application/json, text/event-stream',
              'content-type': 'application/json',
              'mcp-protocol-version': '2026-07-28',
              'mcp-method': 'tools/list',
              ...headers,
            },
            body,
          })
        : await client.send(body.method, body.params, { headers });
    assert.deepEqual(await outcome(response), modern, what);
  }
  for (const method of ['GET', 'DELETE', 'PUT']) {
    const headers = { accept: 'text/event-stream', 'mcp-protocol-version': '2026-07-28', 'last-event-id': '1-1' };
    const response = await client.fetch('http://localhost/mcp', { method, headers });
    assert.deepEqual([response.status, response.headers.get('allow')], [405, 'POST'], method);
  }
});

test('a body that is not UTF-8 is no JSON', async () => {
  const client = new RawClient(endpoint());
  await client.initialize();
  const response = await client.fetch('http://localhost/mcp', {
    method: 'POST',
    headers: {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-session-id': client.session,
    },
    body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
  });
  assert.deepEqual(await outcome(response), [400, -32700]);
});
