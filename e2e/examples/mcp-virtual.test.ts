import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { example } from './example.ts';

test('the mcp-virtual example shows on each path what its README says, and no more', { timeout: 60_000 }, async (t) => {
  const mcp = await example(t, 'mcp-virtual');
  await mcp.validates();
  await mcp.start();
  const open = async (path: string): Promise<Client> => {
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(new URL(`http://localhost:${mcp.port(3000)}${path}`)));
    return client;
  };
  const names = async (client: Client): Promise<string[]> => (await client.listTools()).tools.map((tool) => tool.name);

  const all = await open('/mcp');
  for (const tool of ['echo', 'get-sum', 'read_graph', 'delete_entities']) assert.ok((await names(all)).includes(tool));

  const reader = await open('/mcp/reader');
  const { tools } = await reader.listTools();
  assert.deepEqual(
    tools.map((tool) => tool.name),
    ['add_tax', 'read_graph', 'search_nodes'],
  );
  assert.equal(tools[0]?.description, 'Adds the tax of 19 to an amount.');
  assert.deepEqual(Object.keys(tools[0]?.inputSchema.properties ?? {}), ['a']);
  assert.deepEqual(tools[0]?.inputSchema.required, ['a']);
  const sum = await reader.callTool({ name: 'add_tax', arguments: { a: 100, b: 1 } });
  assert.match(JSON.stringify(sum.content), /\b119\b/);
  for (const name of ['delete_entities', 'memory_delete_entities', 'echo', 'everything_echo']) {
    await assert.rejects(reader.callTool({ name }), /-32602.*Unknown tool/);
  }

  const older = new Client({ name: 'test', version: '1' });
  await older.connect(new SSEClientTransport(new URL(`http://localhost:${mcp.port(3000)}/mcp/reader/sse`)));
  assert.deepEqual(await names(older), ['add_tax', 'read_graph', 'search_nodes']);
  await older.close();

  const search = await open('/mcp/search');
  assert.deepEqual(await names(search), ['find_tools', 'call_tool']);
  const found = await search.callTool({ name: 'find_tools', arguments: { query: 'echo back a message' } });
  assert.equal((found.structuredContent as { tools: { name: string }[] }).tools[0]?.name, 'echo');
  const inner = { name: 'echo', arguments: { message: 'hello' } };
  const said = await search.callTool({ name: 'call_tool', arguments: inner });
  assert.deepEqual(said.content, [{ type: 'text', text: 'Echo: hello' }]);
  await assert.rejects(search.callTool({ name: 'call_tool', arguments: { name: 'delete_entities' } }), /Unknown tool/);
  for (const client of [all, reader, search]) await client.close();
});
