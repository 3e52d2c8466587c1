/** Virtual servers over sockets: what callers see depends on who they are, and on the path. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { startGateway, type TestGateway } from '../../testkit/gateway.ts';
import { modern, openSession, post, rpc } from './http-client.ts';
import { startMcpGateway } from './mcp-gateway.ts';
import { startRecordingServer, type RecordingServer } from './recording-server.ts';

const limit = { timeout: 60_000 };

async function start(
  t: TestContext,
  virtualServers: string,
  more = '',
): Promise<{ readonly gateway: TestGateway; readonly server: RecordingServer }> {
  const server = await startRecordingServer(t);
  const gateway = await startGateway(`
mcp:
  port: $PORT
${more}
  targets:
  - { name: one, mcp: { host: "http://127.0.0.1:${server.port}/session" } }
  virtualServers:
${virtualServers}
`);
  t.after(() => gateway.close());
  return { gateway, server };
}

interface Named {
  readonly name: string;
}

const toolNames = (answer: Awaited<ReturnType<typeof post>>): string[] =>
  ((answer.message?.result?.['tools'] ?? []) as Named[]).map(({ name }) => name);

const admins = `  - path: /mcp
    tools:
    - { match: drop, when: 'request.host == "admin.localhost"' }
    - "!drop"
    - "*"
    prompts: [{ match: greet, when: 'request.host == "admin.localhost"' }]
`;

test('who does not meet the condition of an entry cannot see, call, get or complete it', limit, async (t) => {
  const { gateway, server } = await start(t, admins);
  const { port } = gateway;
  const calls = (): number => server.seen.filter(({ method }) => method === 'tools/call').length;
  for (const [host, seesDrop] of [
    ['admin.localhost', true],
    ['user.localhost', false],
  ] as const) {
    const session = { host, 'mcp-session-id': await openSession(port, '/mcp', { host }) };
    const ask = (method: string, params: object = {}): ReturnType<typeof post> =>
      post(port, '/mcp', rpc(method, params), session);
    const shown = seesDrop ? ['drop', 'echo', 'routed'] : ['echo', 'routed'];
    assert.deepEqual(toolNames(await ask('tools/list')), shown);
    const found = await modern(port, '/mcp', 'tools/list', {}, { host });
    assert.deepEqual(toolNames(found), shown);
    assert.equal(found.message?.result?.['cacheScope'], 'private');
    const before = calls();
    for (const name of ['drop', 'one_drop']) {
      assert.equal((await ask('tools/call', { name })).message?.error?.code, seesDrop ? undefined : -32602, name);
      const called = await modern(port, '/mcp', 'tools/call', { name }, { host });
      assert.equal(called.message?.error?.code, seesDrop ? undefined : -32602, name);
    }
    assert.equal(calls() - before, seesDrop ? 4 : 0);
    const prompt = { ref: { type: 'ref/prompt', name: 'greet' }, argument: { name: 'a', value: '' } };
    assert.equal((await ask('prompts/get', { name: 'greet' })).message?.error?.code, seesDrop ? undefined : -32602);
    assert.equal((await ask('completion/complete', prompt)).message?.error?.code, seesDrop ? undefined : -32602);
  }
});

test('a session is good for the selection that it was opened under only', limit, async (t) => {
  const { gateway } = await start(t, admins);
  const { port } = gateway;
  const host = 'admin.localhost';
  const session = { 'mcp-session-id': await openSession(port, '/mcp', { host }) };
  assert.deepEqual(toolNames(await post(port, '/mcp', rpc('tools/list'), { ...session, host })).length, 3);
  const other = await post(port, '/mcp', rpc('tools/list'), { ...session, host: 'user.localhost' });
  assert.equal(other.status, 404);
  const forged = { ...session, host: 'user.localhost', 'x-waygate-mcp-selection': '1' };
  assert.equal((await post(port, '/mcp', rpc('tools/list'), forged)).status, 404);
});

test('conditions hold at whichever worker a session is', limit, async (t) => {
  const server = await startRecordingServer(t);
  const gateway = await startMcpGateway(
    t,
    `- { name: one, mcp: { host: "http://127.0.0.1:${server.port}/session" } }\nvirtualServers:\n${admins.replace(/^ {2}/gm, '')}`,
  );
  const port = Number(gateway.url.port);
  const host = 'admin.localhost';
  const session = { host, 'mcp-session-id': await openSession(port, '/mcp', { host }) };
  for (let i = 0; i < 12; i++) {
    assert.deepEqual(toolNames(await post(port, '/mcp', rpc('tools/list'), session)), ['drop', 'echo', 'routed']);
    const other = await post(port, '/mcp', rpc('tools/list'), { ...session, host: 'user.localhost' });
    assert.equal(other.status, 404);
  }
});

test('what is below the path of a virtual server is its own, and nothing leads past it', limit, async (t) => {
  const { gateway } = await start(
    t,
    '  - { path: /mcp, tools: [echo], serverInfo: { name: shop } }\n  - { path: /mcp/all }\n',
  );
  for (const [path, status, names] of [
    ['/mcp', 200, ['echo']],
    ['/mcp/', 200, ['echo']],
    ['/mcp/x', 200, ['echo']],
    ['/mcp/all', 200, ['drop', 'echo', 'routed']],
    ['/mcp/all/', 200, ['drop', 'echo', 'routed']],
    ['/', 404, []],
    ['/other', 404, []],
  ] as const) {
    const answer = await modern(gateway.port, path, 'tools/list');
    assert.deepEqual([answer.status, toolNames(answer)], [status, names], path);
  }
  const { message } = await modern(gateway.port, '/mcp', 'server/discover');
  const meta = message?.result?.['_meta'] as Record<string, { name: string }>;
  assert.equal(meta['io.modelcontextprotocol/serverInfo']?.name, 'shop');
});

test('a call through call_tool is bound, logged and counted as the call of the tool is', limit, async (t) => {
  const search = `  - path: /s
    search: true
    tools: ["!drop", { match: echo, fixedArguments: { key: k } }]
`;
  const { gateway, server } = await start(t, search, '  limits: { callsPerTarget: 1 }');
  const { port } = gateway;
  const answer = await modern(port, '/s', 'tools/call', {
    name: 'call_tool',
    arguments: { name: 'echo', arguments: { a: 1, key: 'mine' } },
  });
  const content = answer.message?.result?.['content'] as { readonly text: string }[] | undefined;
  assert.deepEqual(JSON.parse(content?.[0]?.text ?? ''), { a: 1, key: 'k' });
  const hidden = await modern(port, '/s', 'tools/call', { name: 'call_tool', arguments: { name: 'drop' } });
  assert.equal(hidden.message?.error?.code, -32602);
  assert.equal(server.seen.filter(({ method }) => method === 'tools/call').length, 1);
  const [line] = await gateway.lines(2);
  const logged = Object.fromEntries(
    Object.entries(line ?? {}).filter(([name]) => name.startsWith('mcp.') || name.startsWith('gen_ai')),
  );
  assert.deepEqual(
    [logged['mcp.method.name'], logged['mcp.target'], logged['gen_ai.tool.name']],
    ['tools/call', 'one', 'echo'],
    JSON.stringify(line),
  );
  assert.equal(gateway.metric('mcp_requests', { method: 'tools/call', server: 'one', resource: 'echo' }), 1);
});
