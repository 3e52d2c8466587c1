import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Client as NewClient, StreamableHTTPClientTransport as NewTransport } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { McpEndpoint, McpEndpointTarget } from './endpoint.ts';
import type { Processes } from './processes/processes.ts';
import { endpointFetch, makeEndpoint, memoryLog } from './testdata/fetch-harness.ts';
import { createGuardian, type Guardian, type GuardianProcess } from './transports/stdio/guardian.ts';
import { stdioTarget } from './testdata/stdio-target.ts';

const memoryFile = join(tmpdir(), `waygate-memory-${process.pid}.jsonl`);
const url = new URL('http://gateway/mcp');
const { log, lines } = memoryLog();
const running = new Set<number>();
let guardian: GuardianProcess;
let endpoint: McpEndpoint;
const pools: Processes[] = [];

function target(name: string, watching: Guardian): McpEndpointTarget {
  const entry = fileURLToPath(import.meta.resolve(`@modelcontextprotocol/server-${name}/dist/index.js`));
  const env = new Map(name === 'memory' ? [['MEMORY_FILE_PATH', memoryFile]] : []);
  const { processes } = stdioTarget(
    { name, command: process.execPath, args: [entry], env },
    { guardian: watching, log },
  );
  pools.push(processes);
  return { name, connect: processes.factory };
}

before(() => {
  guardian = createGuardian();
  const watching: Guardian = {
    register(pgid, worker) {
      running.add(pgid);
      guardian.register(pgid, worker);
    },
    unregister(pgid) {
      running.delete(pgid);
      guardian.unregister(pgid);
    },
    lostWorker: () => undefined,
  };
  endpoint = makeEndpoint({
    targets: ['everything', 'memory'].map((name) => target(name, watching)),
    prefixMode: 'onClash',
    log,
  });
});

after(() => {
  endpoint.close();
  for (const pool of pools) pool.close();
  guardian.close();
  rmSync(memoryFile, { force: true });
});

async function ended(count: number): Promise<void> {
  for (let waited = 0; running.size > count; waited += 20) {
    assert.ok(waited < 8000, `children left: ${running.size}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

interface TextResult {
  readonly content: { readonly text?: string }[];
}

function textOf(result: unknown): string {
  return (result as TextResult).content.map((part) => part.text ?? '').join('\n');
}

describe('server-everything and server-memory behind one endpoint', { timeout: 60_000 }, () => {
  test('the official 1.x client finds and uses everything', async () => {
    const client = new Client(
      { name: 'test', version: '1' },
      { capabilities: { sampling: {}, elicitation: {}, roots: { listChanged: true } } },
    );
    client.setRequestHandler(CreateMessageRequestSchema, ({ params }) => ({
      role: 'assistant' as const,
      model: 'test-model',
      content: { type: 'text' as const, text: `sampled ${params.maxTokens}` },
    }));
    client.setRequestHandler(ElicitRequestSchema, () => ({
      action: 'accept' as const,
      content: { name: 'Ada', check: true },
    }));
    client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: 'file:///here', name: 'here' }] }));
    const transport = new StreamableHTTPClientTransport(url, { fetch: endpointFetch(endpoint) });
    await client.connect(transport);
    assert.match(client.getInstructions() ?? '', /^# everything\n/);

    const names = (await client.listTools()).tools.map((tool) => tool.name);
    for (const name of ['echo', 'get-sum', 'trigger-sampling-request', 'read_graph', 'create_entities']) {
      assert.ok(names.includes(name), `${name} is missing: ${lines.join('\n')}`);
    }
    assert.equal((await client.listPrompts()).prompts.length, 4);
    assert.equal(textOf(await client.callTool({ name: 'get-sum', arguments: { a: 2, b: 40 } })).includes('42'), true);
    assert.equal(textOf(await client.callTool({ name: 'everything_echo', arguments: { message: 'hi' } })), 'Echo: hi');

    const entities = [{ name: 'Waygate', entityType: 'gateway', observations: ['routes'] }];
    await client.callTool({ name: 'create_entities', arguments: { entities } });
    const graph = await client.callTool({ name: 'memory_read_graph', arguments: {} });
    assert.deepEqual((graph.structuredContent as { entities: unknown }).entities, entities);

    const { resources } = await client.listResources();
    const first = resources.find((resource) => resource.uri.startsWith('demo://'));
    assert.ok(first);
    const read = await client.readResource({ uri: first.uri });
    assert.equal(read.contents[0]?.uri, first.uri);
    assert.ok((await client.listResourceTemplates()).resourceTemplates.length >= 2);
    const links = await client.callTool({ name: 'get-resource-links', arguments: { count: 2 } });
    for (const part of links.content as { type: string; uri?: string }[]) {
      if (part.type !== 'resource_link') continue;
      assert.match(part.uri ?? '', /^demo:/);
      await client.readResource({ uri: part.uri ?? '' });
    }

    const prompt = await client.getPrompt({ name: 'args-prompt', arguments: { city: 'Riga' } });
    assert.match(JSON.stringify(prompt.messages), /Riga/);
    const completion = await client.complete({
      ref: { type: 'ref/prompt', name: 'completable-prompt' },
      argument: { name: 'department', value: 'E' },
    });
    assert.deepEqual(completion.completion.values, ['Engineering']);

    const progress: number[] = [];
    await client.callTool(
      { name: 'trigger-long-running-operation', arguments: { duration: 0.2, steps: 4 } },
      undefined,
      { onprogress: (step) => progress.push(step.progress) },
    );
    assert.deepEqual(progress, [1, 2, 3, 4]);
    const sampled = await client.callTool({
      name: 'trigger-sampling-request',
      arguments: { prompt: 'p', maxTokens: 9 },
    });
    assert.match(textOf(sampled), /sampled 9/);
    assert.match(textOf(await client.callTool({ name: 'trigger-elicitation-request', arguments: {} })), /Ada/);
    assert.match(textOf(await client.callTool({ name: 'get-roots-list', arguments: {} })), /file:\/\/\/here/);
    await client.setLoggingLevel('debug');

    assert.equal(running.size, 2);
    await transport.terminateSession();
    await client.close();
    await ended(0);
  });

  test('the official 2.x client does the same in its legacy mode', async () => {
    const client = new NewClient(
      { name: 'test', version: '1' },
      { capabilities: { sampling: {} }, versionNegotiation: { mode: 'legacy' } },
    );
    client.setRequestHandler('sampling/createMessage', () => ({
      role: 'assistant' as const,
      model: 'test-model',
      content: { type: 'text' as const, text: 'sampled anew' },
    }));
    const transport = new NewTransport(url, { fetch: endpointFetch(endpoint) });
    await client.connect(transport);
    const { tools } = await client.listTools();
    assert.ok(tools.length > 20);
    assert.equal(textOf(await client.callTool({ name: 'echo', arguments: { message: 'new' } })), 'Echo: new');
    const sampled = await client.callTool({ name: 'trigger-sampling-request', arguments: { prompt: 'p' } });
    assert.match(textOf(sampled), /sampled anew/);
    await transport.terminateSession();
    await client.close();
    await ended(0);
  });
});
