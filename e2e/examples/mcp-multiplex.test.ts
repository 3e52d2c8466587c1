import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { example } from './example.ts';

test('the mcp-multiplex example does what its README says', { timeout: 60_000 }, async (t) => {
  const mcp = await example(t, 'mcp-multiplex');
  await mcp.validates();
  await mcp.start();
  const greeting = await mcp.run('"method":"initialize"');
  const session = greeting.match(/^mcp-session-id: (\S+)\r$/im)?.[1];
  assert.ok(session !== undefined, greeting);
  const listed = await mcp.run('"method":"tools/list"', session);
  mcp.allWereRun();
  for (const tool of ['echo', 'get-sum', 'create_entities', 'read_graph']) {
    assert.ok(listed.includes(`"name":"${tool}"`), `${tool} is missing: ${listed}`);
  }

  const client = new Client({ name: 'test', version: '1' });
  const transport = new StreamableHTTPClientTransport(new URL(`http://localhost:${mcp.port(3000)}/mcp`));
  await client.connect(transport);
  const said = await client.callTool({ name: 'echo', arguments: { message: 'hello' } });
  assert.deepEqual(said.content, [{ type: 'text', text: 'Echo: hello' }]);
  const entities = [{ name: 'Waygate', entityType: 'gateway', observations: ['routes'] }];
  await client.callTool({ name: 'create_entities', arguments: { entities } });
  const graph = await client.callTool({ name: 'read_graph', arguments: {} });
  assert.deepEqual(graph.structuredContent, { entities, relations: [] });
  await transport.terminateSession();
  await client.close();
});
