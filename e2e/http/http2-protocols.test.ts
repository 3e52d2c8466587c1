/** Official clients of MCP and of models over HTTP/2. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { LLMock } from '@copilotkit/aimock';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import OpenAI from 'openai';
import { startLlmGateway } from '../llm/llm-gateway.ts';
import { startMcpGateway } from '../mcp/mcp-gateway.ts';
import { http2Fetch } from './http2-fetch.ts';

const limit = { timeout: 60_000 };
const everything = join(import.meta.dirname, '../../node_modules/.bin/mcp-server-everything');

test('a session of MCP, its stream and its progress share one connection of HTTP/2', limit, async (t) => {
  const { url } = await startMcpGateway(t, `- name: everything\n  stdio: { cmd: ${everything} }`, {}, { workers: 2 });
  using over = http2Fetch(url.origin);
  const client = new Client({ name: 'e2e', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(url, { fetch: over.fetch }));
  const { tools } = await client.listTools();
  assert.ok(tools.some(({ name }) => name === 'echo'));
  const steps: number[] = [];
  const result = await client.callTool(
    { name: 'trigger-long-running-operation', arguments: { duration: 0.2, steps: 3 } },
    undefined,
    { onprogress: ({ progress }) => steps.push(progress) },
  );
  assert.match(JSON.stringify(result.content), /completed/i);
  assert.deepEqual(steps, [1, 2, 3]);
  assert.ok(over.streams >= 4, `${over.streams} streams`);
  await client.close();
});

test('answers of models stream over HTTP/2, many at the same time', limit, async (t) => {
  const mock = new LLMock({ port: 0, host: '127.0.0.1' });
  mock.onMessage(/.*/, { content: 'a mocked answer in words' });
  await mock.start();
  t.after(() => mock.stop());
  const gateway = await startLlmGateway(
    t,
    `
- name: mock
  provider: openAI
  params: { baseUrl: "${mock.url}/v1", apiKey: "sk-gateway" }`,
  );
  using over = http2Fetch(new URL(gateway.url).origin);
  const client = new OpenAI({ apiKey: 'k', baseURL: gateway.url, maxRetries: 0, fetch: over.fetch });
  const ask = { model: 'mock', messages: [{ role: 'user' as const, content: 'hello' }] };
  const texts = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const stream = await client.chat.completions.create({ ...ask, stream: true });
      const chunks = await Array.fromAsync(stream);
      return chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
    }),
  );
  assert.deepEqual(new Set(texts), new Set(['a mocked answer in words']));
  assert.equal((await gateway.logged(9))['http.version'], 'HTTP/2');
});
