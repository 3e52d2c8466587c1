import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { McpStdioTarget } from '../model/mcp.ts';
import { createGuardian, type GuardianProcess } from './transports/stdio/guardian.ts';
import { stdioTransport } from './transports/stdio/stdio.ts';
import { endpointFetch, makeEndpoint, memoryLog } from './testdata/fetch-harness.ts';
import type { McpEndpoint } from './endpoint.ts';

const { log, lines } = memoryLog();
let guardian: GuardianProcess;
let endpoint: McpEndpoint;

function target(name: string): McpStdioTarget {
  const entry = fileURLToPath(import.meta.resolve(`@modelcontextprotocol/server-${name}/dist/index.js`));
  return {
    kind: 'stdio',
    name,
    command: process.execPath,
    args: [entry, 'stdio'],
    env: new Map(),
    inheritEnv: false,
  };
}

before(() => {
  guardian = createGuardian();
  endpoint = makeEndpoint({
    targets: ['everything', 'memory'].map((name) => ({
      name,
      connect: stdioTransport(target(name), { guardian, worker: 1, log }),
    })),
    log,
  });
});

after(() => {
  endpoint.close();
  guardian.close();
});

test('two official servers are one server to the official client', { timeout: 30_000 }, async () => {
  const client = new Client({ name: 'test', version: '1' });
  const transport = new StreamableHTTPClientTransport(new URL('http://gateway/mcp'), {
    fetch: endpointFetch(endpoint),
  });
  await client.connect(transport);
  const { tools } = await client.listTools();
  assert.ok(
    tools.some((tool) => tool.name === 'everything_echo'),
    lines.join('\n'),
  );
  assert.ok(tools.some((tool) => tool.name === 'memory_read_graph'));
  const result = await client.callTool({ name: 'everything_echo', arguments: { message: 'hi' } });
  assert.deepEqual(result.content, [{ type: 'text', text: 'Echo: hi' }]);
  await transport.terminateSession();
  assert.equal(endpoint.sessions, 0);
  await client.close();
});
