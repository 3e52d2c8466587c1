import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { connectionPerRequest, startMcpGateway } from '../mcp/mcp-gateway.ts';

const program = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'));
const everything = `
- name: everything
  stdio: { cmd: node, args: [${program}, stdio] }`;

const section = `policies:
    apiKey:
      mode: strict
      keys: [{ key: key-of-alice, metadata: { team: ops } }, { key: key-of-bob, metadata: { team: sales } }]
    mcpAuthorization:
      rules:
        - 'mcp.tool.name == "echo"'
        - 'apiKey.team == "ops" && mcp.tool.name.startsWith("get-")'
        - 'mcp.prompt.name == "simple-prompt"'
        - deny: 'mcp.tool.name == "echo" && mcp.methodName == "tools/call" && mcp.tool.arguments.message == "secret"'`;

async function connect(url: URL, key: string): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  const headers = { authorization: `Bearer ${key}` };
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
  return client;
}

for (const workers of [1, 4]) {
  test(`clients see and call what rules allow them, and learn of nothing else (workers: ${workers})`, async (t) => {
    const gateway = await startMcpGateway(t, everything, {}, { workers, section });
    const alice = await connect(gateway.url, 'key-of-alice');
    const bob = await connect(gateway.url, 'key-of-bob');
    t.after(() => Promise.all([alice.close(), bob.close()]));

    const names = async (client: Client): Promise<readonly string[]> =>
      (await client.listTools()).tools.map(({ name }) => name);
    assert.deepEqual(await names(bob), ['echo']);
    const ofAlice = await names(alice);
    assert.equal(
      ofAlice.every((name) => name === 'echo' || name.startsWith('get-')),
      true,
    );
    assert.equal(ofAlice.includes('get-sum'), true);
    const { prompts } = await bob.listPrompts();
    assert.deepEqual(
      prompts.map(({ name }) => name),
      ['simple-prompt'],
    );
    assert.deepEqual((await bob.listResources()).resources, []);

    const echoed = await bob.callTool({ name: 'echo', arguments: { message: 'hello' } });
    assert.match(JSON.stringify(echoed), /hello/);
    const sum = { name: 'get-sum', arguments: { a: 1, b: 2 } };
    assert.match(JSON.stringify(await alice.callTool(sum)), /3/);
    // What is hidden is refused in the words for what there is not.
    await assert.rejects(bob.callTool(sum), /Unknown tool: get-sum/);
    await assert.rejects(bob.callTool({ name: 'nothing', arguments: {} }), /nothing/);
    await assert.rejects(bob.getPrompt({ name: 'args-prompt', arguments: { city: 'x' } }), /Unknown prompt/);
    await assert.rejects(bob.readResource({ uri: 'demo://resource/static/document/features.md' }), /not found/i);
    await assert.rejects(bob.callTool({ name: 'echo', arguments: { message: 'secret' } }), /Unknown tool: echo/);
  });
}

const bySource = `policies:
    transformations: { request: { metadata: { team: '"ops"' } } }
    mcpAuthorization:
      rules:
        - 'metadata.team == "ops" && proxy.route.name == "default" && request.scheme == "http"'
        - deny: 'mcp.tool.name == "get-sum" && source.address == "127.0.0.1" && source.port > 0'`;

test('rules see where a request came in and what policies found out, whichever worker has its session', async (t) => {
  const gateway = await startMcpGateway(t, everything, {}, { section: bySource });
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(gateway.url, { fetch: connectionPerRequest().fetch }));
  t.after(() => client.close());
  // Another worker than the session's gets most of them.
  for (let i = 0; i < 8; i++) {
    const names = (await client.listTools()).tools.map(({ name }) => name);
    assert.deepEqual([names.includes('echo'), names.includes('get-sum')], [true, false]);
    assert.match(JSON.stringify(await client.callTool({ name: 'echo', arguments: { message: 'hello' } })), /hello/);
    await assert.rejects(client.callTool({ name: 'get-sum', arguments: { a: 1, b: 2 } }), /Unknown tool: get-sum/);
  }
});
