import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeProgram } from '../testdata/fake-program.ts';
import { FakeServer, withTools } from '../testdata/fake-target.ts';
import { makeEndpoint } from '../testdata/fetch-harness.ts';
import { RawClient } from '../testdata/raw-client.ts';
import { testProcesses } from '../testdata/stdio-target.ts';
import { ProcessBudget } from './budget.ts';

test('a client that gets no process is told so, by its model or by an error, and the limit is counted', async () => {
  let free = 1;
  const budget = new ProcessBudget({ tryAcquire: () => free-- > 0, release: () => undefined }, 1);
  const program = new FakeProgram({ answer: () => ({ tools: [], content: [] }) });
  const { factory } = testProcesses(program.start, { sharing: 'session', budget });
  const endpoint = makeEndpoint({
    targets: [{ name: 's', connect: factory }, new FakeServer('h', { answer: withTools('x') }).target],
    failOpen: true,
    prefixMode: 'always',
  });
  const hit: string[] = [];
  const client = (): RawClient => new RawClient(endpoint, { record: ({ limit = '' }) => hit.push(limit) });
  await client().initialize();
  const second = client();
  await second.initialize();
  const { result } = await second.call('tools/call', { name: 's_x' });
  const text = 'MCP server "s" cannot be started: 1 processes run already (mcp.limits.maxProcesses)';
  assert.deepEqual(result, { content: [{ type: 'text', text }], isError: true });
  assert.deepEqual(hit.splice(0), ['', '', '', '', 'processes']);
  assert.deepEqual((await second.call('tools/call', { name: 'h_x' })).error, undefined);

  const alone = makeEndpoint({ targets: [{ name: 's', connect: factory }] });
  const third = new RawClient(alone, { record: ({ limit = '' }) => hit.push(limit) });
  hit.length = 0;
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'c', version: '1' } };
  const refused = await third.call('initialize', params);
  assert.deepEqual(refused.error, { code: -32603, message: text });
  assert.deepEqual(hit, ['processes']);
});
