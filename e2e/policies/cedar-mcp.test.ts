import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { eventually } from '../../testkit/client.ts';
import { connectionPerRequest, startMcpGateway } from '../mcp/mcp-gateway.ts';

const program = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'));
const everything = `
- name: everything
  stdio: { cmd: node, args: [${program}, stdio] }`;

const section = `policies:
    apiKey:
      mode: strict
      keys:
      - { key: key-of-alice, metadata: { groups: [ops] } }
      - { key: key-of-bob, metadata: { groups: [sales] } }
      - { key: key-of-eve, metadata: { groups: [ops] , banned: yes } }
    authorization:
      cedar:
        schema: 'type ToolArguments = { message?: String };'
        policies: |
          @id("ops") permit(principal in Group::"ops", action in Action::"mcp", resource in Server::"everything");
          @id("sales") permit(principal in Group::"sales", action in Action::"mcp:tools", resource in ToolGroup::"harmless")
          unless { context.mcp.tool has arguments && context.mcp.tool.arguments has message &&
                   context.mcp.tool.arguments.message == "secret" };
          @id("prompts") permit(principal, action in Action::"mcp:prompts", resource == Prompt::"everything/simple-prompt");
          @id("from afar") forbid(principal, action in Action::"mcp", resource)
          unless { context.source.address.isLoopback() && resource in Route::"internal/default" };
          @id("banned") forbid(principal, action in Action::"http", resource) when { principal.hasTag("banned") };
        entities:
        - { uid: { type: ToolGroup, id: harmless }, attrs: {}, parents: [] }
        - { uid: { type: Tool, id: everything/echo }, attrs: {}, parents: [{ type: ToolGroup, id: harmless }] }`;

async function connect(url: URL, key: string): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  const headers = { authorization: `Bearer ${key}` };
  await client.connect(
    new StreamableHTTPClientTransport(url, { requestInit: { headers }, fetch: connectionPerRequest().fetch }),
  );
  return client;
}

for (const workers of [1, 4]) {
  test(`tools, prompts and resources by policies, whichever worker has the session (workers: ${workers})`, async (t) => {
    const gateway = await startMcpGateway(t, everything, {}, { workers, section });
    const alice = await connect(gateway.url, 'key-of-alice');
    const bob = await connect(gateway.url, 'key-of-bob');
    t.after(() => Promise.all([alice.close(), bob.close()]));
    const names = async (client: Client): Promise<readonly string[]> =>
      (await client.listTools()).tools.map(({ name }) => name);
    for (let i = 0; i < 2; i++) {
      assert.deepEqual(await names(bob), ['echo']);
      assert.ok((await names(alice)).length > 5);
      assert.deepEqual(
        (await bob.listPrompts()).prompts.map(({ name }) => name),
        ['simple-prompt'],
      );
      assert.deepEqual((await bob.listResources()).resources, []);
      assert.match(JSON.stringify(await bob.callTool({ name: 'echo', arguments: { message: 'hello' } })), /hello/);
      assert.match(JSON.stringify(await alice.callTool({ name: 'get-sum', arguments: { a: 1, b: 2 } })), /3/);
      await assert.rejects(bob.callTool({ name: 'get-sum', arguments: { a: 1, b: 2 } }), /Unknown tool: get-sum/);
      await assert.rejects(bob.callTool({ name: 'echo', arguments: { message: 'secret' } }), /Unknown tool: echo/);
    }
    await assert.rejects(connect(gateway.url, 'key-of-eve'), /no policy of this route permits http:POST/);
    const calls = (): readonly string[] =>
      gateway.waygate
        .stdout()
        .split('\n')
        .filter((line) => line.includes('mcp.method.name=tools/call') && line.includes('duration='));
    await eventually(() => calls().length >= 8, 'the calls in the access log');
    const lists = gateway.waygate
      .stdout()
      .split('\n')
      .filter((line) => line.includes('mcp.method.name=tools/list') && line.includes('authorization.hidden='));
    // Bob's, of which there is one line each, whatever it leaves out; Alice sees everything.
    assert.equal(lists.length, 2);
    assert.match(lists[0] ?? '', /authorization\.by="no policy permits it" waygate\.authorization\.hidden=\d\d /);
    const by = calls().map((line) => /authorization\.by=("?)([^"]*)\1 duration/.exec(line)?.[2] ?? '');
    assert.deepEqual([...new Set(by)].toSorted(), ['no policy permits it', 'ops', 'sales']);
  });
}
