/** Clients and servers of both eras through one gateway: every pair of them. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { eventually } from '../../testkit/client.ts';
import { connectionPerRequest, startMcpGateway, type McpGateway } from './mcp-gateway.ts';
import { startModernServer, type ModernServer } from './modern-server.ts';
import { startRemoteServer, type RemoteServer } from './remote-server.ts';

const limit = { timeout: 90_000 };

interface Fleet {
  readonly gateway: McpGateway;
  readonly modern: ModernServer;
  readonly remote: RemoteServer;
}

async function startFleet(t: TestContext): Promise<Fleet> {
  const modern = await startModernServer(t);
  const remote = await startRemoteServer(t);
  const everything = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'));
  const gateway = await startMcpGateway(
    t,
    `
- name: everything
  stdio: { cmd: "${process.execPath}", args: ["${everything}"] }
- name: remote
  mcp: { host: "${remote.url}" }
- name: modern
  mcp: { host: "${modern.url}" }
- name: process
  stdio: { cmd: "${process.execPath}", args: ["${join(import.meta.dirname, 'testdata/modern-stdio.ts')}"] }`,
  );
  return { gateway, modern, remote };
}

type Mode = 'legacy' | 'auto' | { pin: string };

interface Connected {
  readonly client: Client;
  readonly heard: { readonly method: string; readonly params: unknown }[];
  readonly asked: string[];
  text(name: string, args?: Record<string, unknown>, options?: Parameters<Client['callTool']>[1]): Promise<string>;
}

async function connect(t: TestContext, url: URL, mode: Mode): Promise<Connected> {
  const asked: string[] = [];
  const heard: { method: string; params: unknown }[] = [];
  const client = new Client(
    { name: 'eras', version: '1' },
    { capabilities: { sampling: {}, elicitation: { form: {} }, roots: {} }, versionNegotiation: { mode } },
  );
  client.setRequestHandler('sampling/createMessage', async () => {
    asked.push('sampling');
    return { role: 'assistant' as const, model: 'm', content: { type: 'text' as const, text: 'sampled words' } };
  });
  client.setRequestHandler('elicitation/create', async () => {
    asked.push('elicitation');
    return { action: 'accept' as const, content: { name: 'Ada', check: true } };
  });
  client.setRequestHandler('roots/list', async () => {
    asked.push('roots');
    return { roots: [{ uri: 'file:///eras', name: 'eras' }] };
  });
  client.fallbackNotificationHandler = async ({ method, params }) => void heard.push({ method, params });
  // A new connection, and so any worker, for every request.
  await client.connect(new StreamableHTTPClientTransport(url, { fetch: connectionPerRequest().fetch }));
  t.after(() => client.close());
  return {
    client,
    heard,
    asked,
    async text(name, args = {}, options) {
      const { content } = await client.callTool({ name, arguments: args }, options);
      return (content as { text?: string }[]).map((part) => part.text ?? '').join('\n');
    },
  };
}

const modes: Readonly<Record<string, Mode>> = { legacy: 'legacy', auto: 'auto', pinned: { pin: '2026-07-28' } };

for (const [name, mode] of Object.entries(modes)) {
  test(`a ${name} client works with servers of both eras`, limit, async (t) => {
    const { gateway, modern, remote } = await startFleet(t);
    const { client, heard, asked, text } = await connect(t, gateway.url, mode);
    const isModern = mode !== 'legacy';

    await t.test('the client speaks what it asked for', () => {
      assert.equal(client.getNegotiatedProtocolVersion(), isModern ? '2026-07-28' : '2025-11-25');
      assert.match(client.getInstructions() ?? '', /Modern instructions\./);
      const { tools, prompts, resources, completions, logging } = client.getServerCapabilities() ?? {};
      assert.ok([tools, prompts, resources, completions, logging].every((one) => one !== undefined));
    });

    await t.test('lists hold what all servers have', async () => {
      const tools = (await client.listTools()).tools.map((tool) => tool.name);
      for (const tool of ['echo', 'shout', 'reverse', 'interview', 'repeat', 'trigger-elicitation-request']) {
        assert.ok(tools.includes(tool), tool);
      }
      const uris = (await client.listResources()).resources.map(({ uri }) => uri);
      assert.ok(uris.includes('note://1') && uris.includes('remote://4'));
      assert.ok((await client.listPrompts()).prompts.some((prompt) => prompt.name === 'args-prompt'));
    });

    await t.test('calls, resources, prompts and completions', async () => {
      assert.equal(await text('echo', { message: 'ä' }), 'Echo: ä');
      assert.equal(await text('shout', { text: 'ä' }), 'Ä');
      assert.equal(await text('reverse', { text: 'abc' }), 'cba');
      assert.equal(await text('repeat', { text: 'ab' }), 'abab');
      const many = await Promise.all(Array.from({ length: 12 }, (_, i) => text('get-sum', { a: i, b: 1000 })));
      for (const [i, sum] of many.entries()) assert.match(sum, new RegExp(`\\b${1000 + i}\\b`));
      const { contents } = await client.readResource({ uri: 'note://1' });
      assert.equal(contents[0]?.uri, 'note://1');
      assert.match(
        JSON.stringify(await client.getPrompt({ name: 'args-prompt', arguments: { city: 'Riga' } })),
        /Riga/,
      );
      const { completion } = await client.complete({
        ref: { type: 'ref/prompt', name: 'completable-prompt' },
        argument: { name: 'department', value: 'E' },
      });
      assert.deepEqual(completion.values, ['Engineering']);
    });

    await t.test('header fields are made for the server that gets them', async () => {
      await text('routed', { region: 'Zürich' });
      const headers = modern.lastCall();
      assert.equal(headers['mcp-name'], 'routed');
      assert.equal(headers['mcp-param-region'], `=?base64?${Buffer.from('Zürich').toString('base64')}?=`);
      assert.equal(headers['mcp-protocol-version'], '2026-07-28');
      assert.equal(headers['mcp-session-id'], undefined);
    });

    await t.test('servers ask the client: sampling, elicitation, roots', async () => {
      assert.match(await text('trigger-sampling-request', { prompt: 'p', maxTokens: 9 }), /sampled words/);
      assert.match(await text('trigger-elicitation-request'), /Ada/);
      assert.match(await text('get-roots-list'), /file:\/\/\/eras/);
      asked.length = 0;
      const answers = JSON.parse(await text('interview')) as Record<string, unknown>;
      assert.deepEqual(asked.toSorted(), ['elicitation', 'roots', 'sampling']);
      assert.equal(answers['state'], 'first round');
      const responses = JSON.stringify(answers['inputResponses']);
      for (const part of ['Ada', 'sampled words', 'file:///eras']) assert.ok(responses.includes(part), part);
    });

    await t.test('progress comes to the call that it belongs to', async () => {
      const steps = async (tool: string, args: Record<string, unknown>): Promise<number[]> => {
        const seen: number[] = [];
        await text(tool, args, { onprogress: ({ progress }) => void seen.push(progress) });
        return seen;
      };
      assert.deepEqual(
        await Promise.all([
          steps('trigger-long-running-operation', { duration: 0.3, steps: 3 }),
          steps('count', { to: 4 }),
          steps('shout', { text: 'a' }),
          steps('repeat', { text: 'a' }),
        ]),
        [[1, 2, 3], [1, 2, 3, 4], [7], [1]],
      );
    });

    await t.test('a cancelled call is cancelled at its server', async () => {
      for (const [tool, began, cancelled] of [
        ['wait', () => remote.waiting(), () => remote.cancelled()],
        ['linger', () => modern.lingering.began, () => modern.lingering.cancelled],
      ] as const) {
        const abort = new AbortController();
        const waiting = text(tool, {}, { signal: abort.signal });
        await eventually(() => began() === 1, `the call of ${tool} at its server`);
        abort.abort('enough');
        await assert.rejects(waiting);
        await eventually(() => cancelled() === 1, `the cancellation of ${tool} at its server`);
      }
      assert.equal(await text('echo', { message: 'still here' }), 'Echo: still here');
    });

    await t.test('updates and changes come to who asked for them', async () => {
      const uris = ['note://1', 'remote://3'];
      if (isModern) {
        await client.listen({ toolsListChanged: true, resourceSubscriptions: uris });
      } else for (const uri of uris) await client.subscribeResource({ uri });
      const came = (method: string, part: string): boolean =>
        heard.some((one) => one.method === method && JSON.stringify(one.params ?? {}).includes(part));
      await eventually(() => modern.requests.includes('POST subscriptions/listen'), 'the stream from the server');
      await eventually(() => {
        modern.handler.notify.resourceUpdated('note://1');
        return came('notifications/resources/updated', 'note://1');
      }, 'an update of the modern server');
      // For a listener, every worker with a session there subscribes: whichever the server tells, it hears of it.
      const subscribed = (sessions: number): boolean => (isModern ? sessions > 0 : sessions === 1);
      await eventually(() => subscribed(remote.update('remote://3')), 'the subscription at the older server');
      await eventually(() => came('notifications/resources/updated', 'remote://3'), 'an update of the older server');
      modern.handler.notify.toolsChanged();
      await eventually(() => came('notifications/tools/list_changed', ''), 'a change of tools');
      // A stream of this revision says only what its listener asked for.
      if (isModern) assert.ok(!came('notifications/resources/list_changed', ''));
    });

    await t.test('log messages come to the request, or the session, that wants them', async () => {
      const logged = (): boolean =>
        heard.some(
          ({ method, params }) => method === 'notifications/message' && /counted/.test(JSON.stringify(params)),
        );
      assert.equal(logged(), false);
      if (isModern) {
        const meta = { 'io.modelcontextprotocol/logLevel': 'debug' };
        await client.callTool({ name: 'count', arguments: { to: 1 }, _meta: meta });
      } else {
        await client.setLoggingLevel('debug');
        await text('count', { to: 1 });
      }
      await eventually(logged, 'a log message');
    });
  });
}
