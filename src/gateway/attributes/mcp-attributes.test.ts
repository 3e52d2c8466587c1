import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newMcpRecord } from '../../mcp/record.ts';
import { parseMessages, type Message } from '../../mcp/wire/jsonrpc.ts';
import { mcpAttributes } from './mcp-attributes.ts';

const parsed = (value: object): Message =>
  parseMessages(JSON.stringify({ jsonrpc: '2.0', id: 1, ...value })) as Message;

test('a tool has its target, its own name, its arguments and what came of it', () => {
  const call = { method: 'tools/call', params: { name: 'a_x', arguments: { q: 1 } } };
  const record = {
    ...newMcpRecord(),
    methodName: 'tools/call',
    sessionId: 'id',
    target: 'a',
    resourceType: 'tool' as const,
    resourceName: 'x',
    request: parsed(call),
  };
  const tool = { target: 'a', name: 'x', arguments: { q: 1 } };
  const known = { methodName: 'tools/call', sessionId: 'id' };
  assert.deepEqual(mcpAttributes(record), { ...known, tool });
  const result = { content: [] };
  assert.deepEqual(mcpAttributes({ ...record, reply: parsed({ result }) }), { ...known, tool: { ...tool, result } });
  const error = { code: -1, message: 'no' };
  assert.deepEqual(mcpAttributes({ ...record, reply: parsed({ error }) }), { ...known, tool: { ...tool, error } });
});

test('a prompt and a resource have their target and name, and what is not known is absent', () => {
  const record = { ...newMcpRecord(), target: 'a', resourceName: 'f:///x' };
  assert.deepEqual(mcpAttributes({ ...record, resourceType: 'resource' }), {
    resource: { target: 'a', name: 'f:///x' },
  });
  assert.deepEqual(mcpAttributes({ ...record, resourceType: 'prompt' }), { prompt: { target: 'a', name: 'f:///x' } });
  assert.deepEqual(mcpAttributes(newMcpRecord()), {});
});
