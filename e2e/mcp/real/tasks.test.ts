/** Tasks of 2025-11-25, which `server-everything` has and the official client of that revision can drive. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CallToolResultSchema, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { installMcpTools } from '../../../testkit/mcp/tools.ts';
import { startFleet } from './fleet.ts';

before(installMcpTools);

test('a task runs on at its server, asks its client, and gives its result', { timeout: 120_000 }, async (t) => {
  const { url } = await startFleet(t, { settings: 'prefixMode: onClash' });
  const client = new Client({ name: 'e2e', version: '1' }, { capabilities: { elicitation: {} } });
  const asked: string[] = [];
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
    asked.push(params.message);
    return { action: 'accept', content: { interpretation: 'historical' } };
  });
  await client.connect(new StreamableHTTPClientTransport(url));
  t.after(() => client.close());

  const { tools } = await client.listTools();
  assert.equal(tools.find(({ name }) => name === 'simulate-research-query')?.execution?.taskSupport, 'required');
  const call = { name: 'simulate-research-query', arguments: { topic: 'bridges', ambiguous: true } };
  const stream = client.experimental.tasks.callToolStream(call, CallToolResultSchema, { task: { ttl: 60_000 } });
  let taskId = '';
  const statuses = new Set<string>();
  let report = '';
  for await (const message of stream) {
    if (message.type === 'taskCreated') taskId = message.task.taskId;
    if (message.type === 'taskStatus') statuses.add(message.task.status);
    if (message.type === 'error') assert.fail(message.error);
    if (message.type === 'result')
      report = message.result.content.map((part) => ('text' in part ? part.text : '')).join('');
  }
  assert.match(report, /Research Report: bridges \(historical\)/);
  assert.match(asked[0] ?? '', /bridges/);
  assert.ok(statuses.has('working'));
  const { tasks } = await client.experimental.tasks.listTasks();
  assert.deepEqual(
    tasks.map((task) => [task.taskId, task.status]),
    [[taskId, 'completed']],
  );
});
