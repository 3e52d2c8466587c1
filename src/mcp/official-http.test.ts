import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  ListToolsRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
import { streamableTransport } from './transports/http/streamable.ts';
import { endpointFetch, makeEndpoint, memoryLog } from './testdata/fetch-harness.ts';
import { SdkTarget, type SdkTargetOptions } from './testdata/sdk-target.ts';

type Options = Partial<SdkTargetOptions> & { readonly register: SdkTargetOptions['register'] };

function echo(server: McpServer): void {
  server.registerTool('echo', { inputSchema: { text: z.string() } }, ({ text }) => ({
    content: [{ type: 'text', text }],
  }));
}

/** Client → endpoint → SDK server, plus a second target so that names are mapped. */
async function connect(t: TestContext, options: Options): Promise<{ client: Client; target: SdkTarget }> {
  const { log } = memoryLog();
  const target = new SdkTarget(options);
  const other = new SdkTarget({ register: echo });
  const endpoint = makeEndpoint({
    targets: Object.entries({ t: target, other }).map(([name, { call }]) => ({
      name,
      connect: streamableTransport({ name, path: '/mcp', call: () => call, maxMessageBytes: 1_000_000, log }),
    })),
    log,
  });
  const client = new Client(
    { name: 'test', version: '1' },
    { capabilities: { sampling: {}, elicitation: {}, roots: { listChanged: true } } },
  );
  const transport = new StreamableHTTPClientTransport(new URL('http://gateway/mcp'), {
    fetch: endpointFetch(endpoint),
  });
  t.after(async () => {
    await client.close();
    endpoint.close();
  });
  await client.connect(transport);
  return { client, target };
}

for (const json of [false, true]) {
  test(`calls over HTTP targets that answer ${json ? 'JSON' : 'event streams'}`, async (t) => {
    const { client, target } = await connect(t, { json, register: echo });
    const { tools } = await client.listTools();
    assert.deepEqual(
      tools.map((tool) => tool.name),
      ['t_echo', 'other_echo'],
    );
    for (const name of ['t_echo', 'other_echo']) {
      const result = await client.callTool({ name, arguments: { text: 'é\n😀' } });
      assert.deepEqual(result.content, [{ type: 'text', text: 'é\n😀' }]);
    }
    assert.equal(target.sessions.size, 1);
  });
}

test('all pages of a server come in one answer', async (t) => {
  const { client } = await connect(t, {
    register(server) {
      echo(server);
      server.server.setRequestHandler(ListToolsRequestSchema, ({ params }) => {
        const page = Number(params?.cursor ?? 0);
        return {
          tools: [{ name: `tool${page}`, inputSchema: { type: 'object' } }],
          ...(page < 9 ? { nextCursor: String(page + 1) } : {}),
        };
      });
    },
  });
  const { tools, nextCursor } = await client.listTools();
  assert.equal(tools.length, 11);
  assert.equal(nextCursor, undefined);
});

test('progress, logs, sampling, elicitation and roots pass in the middle of a call', async (t) => {
  const { client } = await connect(t, {
    register(server) {
      server.registerTool('ask', {}, async (extra) => {
        const progressToken = extra._meta?.progressToken ?? '';
        await extra.sendNotification({ method: 'notifications/progress', params: { progressToken, progress: 1 } });
        await extra.sendNotification({ method: 'notifications/message', params: { level: 'info', data: 'log' } });
        const related = { relatedRequestId: extra.requestId };
        const sampled = await server.server.createMessage(
          { messages: [{ role: 'user', content: { type: 'text', text: 'q' } }], maxTokens: 5 },
          related,
        );
        const elicited = await server.server.elicitInput(
          { message: 'name?', requestedSchema: { type: 'object', properties: { name: { type: 'string' } } } },
          related,
        );
        const { roots } = await server.server.listRoots({}, related);
        return { content: [{ type: 'text', text: JSON.stringify([sampled.model, elicited.content, roots]) }] };
      });
    },
  });
  const logs: unknown[] = [];
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void logs.push(params));
  client.setRequestHandler(CreateMessageRequestSchema, () => ({
    role: 'assistant' as const,
    model: 'm',
    content: { type: 'text' as const, text: 'a' },
  }));
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept' as const, content: { name: 'N' } }));
  client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: 'file:///r' }] }));
  const progress: unknown[] = [];
  const result = await client.callTool({ name: 't_ask' }, undefined, { onprogress: (p) => progress.push(p) });
  assert.deepEqual(result.content, [{ type: 'text', text: '["m",{"name":"N"},[{"uri":"file:///r"}]]' }]);
  assert.deepEqual(progress, [{ progress: 1 }]);
  assert.deepEqual(logs, [{ level: 'info', logger: 't', data: 'log' }]);
});

test('a cancelled call is cancelled at its server', async (t) => {
  const cancelled = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const { client } = await connect(t, {
    register(server) {
      server.registerTool('slow', {}, (extra) => {
        extra.signal.addEventListener('abort', () => cancelled.resolve());
        started.resolve();
        return new Promise(() => undefined);
      });
    },
  });
  const abort = new AbortController();
  const call = client.callTool({ name: 't_slow' }, undefined, { signal: abort.signal });
  await started.promise;
  abort.abort('changed my mind');
  await assert.rejects(call);
  await cancelled.promise;
});

test('resources are listed, read and watched under mapped URIs', async (t) => {
  const { client, target } = await connect(t, {
    register(server) {
      echo(server);
      server.registerResource('r', 'demo://r', {}, (uri) => ({ contents: [{ uri: uri.href, text: 'body' }] }));
    },
  });
  const { resources } = await client.listResources();
  assert.deepEqual(
    resources.map((resource) => resource.uri),
    ['t+demo://r'],
  );
  const read = await client.readResource({ uri: 't+demo://r' });
  assert.deepEqual(read.contents, [{ uri: 't+demo://r', text: 'body' }]);
  const updated = Promise.withResolvers<string>();
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => updated.resolve(params.uri));
  const changed = Promise.withResolvers<void>();
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => changed.resolve());
  // The gateway listens to its servers once the client listens to the gateway.
  while (!target.requests.includes('GET')) await new Promise((resolve) => setTimeout(resolve, 5));
  for (const { server } of target.sessions.values()) {
    await server.server.sendResourceUpdated({ uri: 'demo://r' });
    server.registerTool('late', {}, () => ({ content: [] }));
  }
  assert.equal(await updated.promise, 't+demo://r');
  await changed.promise;
  assert.ok((await client.listTools()).tools.some((tool) => tool.name === 't_late'));
});

test('a server that forgot its sessions is greeted again without the client noticing', async (t) => {
  const { client, target } = await connect(t, { register: echo });
  await client.callTool({ name: 't_echo', arguments: { text: '1' } });
  target.restart();
  const result = await client.callTool({ name: 't_echo', arguments: { text: '2' } });
  assert.deepEqual(result.content, [{ type: 'text', text: '2' }]);
});

test('a server that closes its stream while it works is asked for the rest', async (t) => {
  const { client, target } = await connect(t, {
    resumable: true,
    register(server) {
      server.registerTool('poll', {}, async (extra) => {
        extra.closeSSEStream?.();
        await new Promise((resolve) => setTimeout(resolve, 60));
        return { content: [{ type: 'text', text: `closed: ${extra.closeSSEStream !== undefined}` }] };
      });
    },
  });
  const result = await client.callTool({ name: 't_poll' });
  assert.deepEqual(result.content, [{ type: 'text', text: 'closed: true' }]);
  assert.ok(target.requests.includes('GET'));
});

test('the end of a session ends it at the servers', async (t) => {
  const { client, target } = await connect(t, { register: echo });
  assert.equal(target.sessions.size, 1);
  await (client.transport as StreamableHTTPClientTransport).terminateSession();
  while (target.sessions.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(target.requests.includes('DELETE'));
});

test('a JSON-RPC error under an HTTP error status stays that error', async (t) => {
  const { client, target } = await connect(t, { register: echo });
  await client.listTools();
  for (const session of target.sessions.values()) {
    session.transport.handleRequest = async (request) => {
      const { id } = (await request.json()) as { id: number };
      const error = { code: -32042, message: 'sign in first', data: { elicitations: [] } };
      return Response.json({ jsonrpc: '2.0', id, error }, { status: 400 });
    };
  }
  await assert.rejects(client.callTool({ name: 't_echo', arguments: { text: 'x' } }), {
    code: -32042,
    data: { elicitations: [] },
  });
});

test('an HTTP error of a target becomes a result that a model can read', async (t) => {
  const { client, target } = await connect(t, { register: echo });
  await client.listTools();
  for (const session of target.sessions.values()) {
    session.transport.handleRequest = async () => new Response('no capacity', { status: 503 });
  }
  const result = await client.callTool({ name: 't_echo', arguments: { text: 'x' } });
  assert.deepEqual(result, {
    content: [{ type: 'text', text: 'MCP server "t" answered HTTP 503: no capacity' }],
    isError: true,
  });
});
