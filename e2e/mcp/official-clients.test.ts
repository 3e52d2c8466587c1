/** The official clients through four workers, with a new connection, and so any worker, for every request. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { eventually } from '../../testkit/client.ts';
import { descendants } from '../process/process-tree.ts';
import { temporaryFolder } from '../process/waygate-process.ts';
import { officialClients } from './clients.ts';
import { connectionPerRequest, startMcpGateway, type McpGateway } from './mcp-gateway.ts';
import { startRemoteServer, type RemoteServer } from './remote-server.ts';

const limit = { timeout: 90_000 };

async function start(t: TestContext): Promise<{ gateway: McpGateway; remote: RemoteServer }> {
  const remote = await startRemoteServer(t);
  const program = (name: string): string =>
    fileURLToPath(import.meta.resolve(`@modelcontextprotocol/server-${name}/dist/index.js`));
  const gateway = await startMcpGateway(
    t,
    `
- name: everything
  stdio: { cmd: "${process.execPath}", args: ["${program('everything')}"] }
- name: memory
  stdio:
    cmd: "${process.execPath}"
    args: ["${program('memory')}"]
    env: { MEMORY_FILE_PATH: "${join(temporaryFolder(t), 'memory.jsonl')}" }
- name: remote
  mcp: { host: "${remote.url}" }`,
  );
  return { gateway, remote };
}

for (const [name, open] of Object.entries(officialClients)) {
  test(`${name}: a whole conversation over three servers`, limit, async (t) => {
    const { gateway, remote } = await start(t);
    const requests = connectionPerRequest();
    const { client, notifications, call, terminate } = await open(gateway.url, requests.fetch);
    const heard = (method: string, text: string): boolean =>
      notifications.some((one) => one.method === method && JSON.stringify(one.params ?? {}).includes(text));

    await t.test('lists hold all pages of all servers', async () => {
      const tools = (await client.listTools()).tools.map((tool) => tool.name);
      for (const tool of ['echo', 'get-sum', 'read_graph', 'shout', 'wait']) assert.ok(tools.includes(tool), tool);
      const prompts = (await client.listPrompts()).prompts.map((prompt) => prompt.name);
      for (const prompt of ['args-prompt', 'remote-prompt-0', 'remote-prompt-4'])
        assert.ok(prompts.includes(prompt), prompt);
      const uris = (await client.listResources()).resources.map(({ uri }) => uri);
      for (const uri of ['remote://0', 'remote://4']) assert.ok(uris.includes(uri), uri);
      assert.ok((await client.listResourceTemplates()).resourceTemplates.length >= 2);
    });

    await t.test('calls reach the right server, many at once', async () => {
      const sums = Array.from({ length: 24 }, async (_, i) => call('get-sum', { a: i, b: 1000 }));
      for (const [i, text] of (await Promise.all(sums)).entries()) assert.match(text, new RegExp(`\\b${1000 + i}\\b`));
      assert.equal(await call('shout', { text: 'äh' }), 'ÄH');
      const entities = [{ name: 'Waygate', entityType: 'gateway', observations: ['routes'] }];
      await call('create_entities', { entities });
      assert.match(await call('memory_read_graph'), /Waygate/);
    });

    await t.test('resources and prompts', async () => {
      const uri = (await client.listResources()).resources.find((one) => one.uri.startsWith('demo://'))?.uri;
      assert.ok(uri !== undefined);
      assert.equal((await client.readResource({ uri })).contents[0]?.uri, uri);
      const prompt = await client.getPrompt({ name: 'args-prompt', arguments: { city: 'Riga' } });
      assert.match(JSON.stringify(prompt), /Riga/);
      const ref = { type: 'ref/prompt' as const, name: 'completable-prompt' };
      const { completion } = await client.complete({ ref, argument: { name: 'department', value: 'E' } });
      assert.deepEqual(completion.values, ['Engineering']);
    });

    await t.test('progress comes to the call that it belongs to', async () => {
      const steps = async (duration: number, count: number): Promise<number[]> => {
        const seen: number[] = [];
        const onprogress = ({ progress }: { progress: number }): void => void seen.push(progress);
        await call('trigger-long-running-operation', { duration, steps: count }, { onprogress });
        return seen;
      };
      assert.deepEqual(await Promise.all([steps(0.3, 3), steps(0.2, 2)]), [
        [1, 2, 3],
        [1, 2],
      ]);
      const remoteSteps: number[] = [];
      await call('shout', { text: 'a' }, { onprogress: ({ progress }) => remoteSteps.push(progress) });
      assert.deepEqual(remoteSteps, [7]);
    });

    await t.test('a server asks the client: sampling, elicitation, roots', async () => {
      assert.match(await call('trigger-sampling-request', { prompt: 'p', maxTokens: 9 }), /sampled words/);
      assert.match(await call('trigger-elicitation-request'), /Ada/);
      assert.match(await call('get-roots-list'), /file:\/\/\/e2e/);
    });

    await t.test('a cancelled call is cancelled at its server, and the session goes on', async () => {
      const abort = new AbortController();
      const waiting = call('wait', {}, { signal: abort.signal });
      await eventually(() => remote.waiting() === 1, 'the call at its server');
      abort.abort('enough');
      await assert.rejects(waiting);
      await eventually(() => remote.cancelled() === 1, 'the cancellation at the server');
      assert.equal(await call('echo', { message: 'still here' }), 'Echo: still here');
    });

    await t.test('log messages and updates come on the stream of the client', async () => {
      await client.setLoggingLevel('debug');
      await call('toggle-simulated-logging');
      await eventually(() => heard('notifications/message', 'message'), 'a log message');
      const uri = 'demo://resource/static/document/architecture.md';
      await client.subscribeResource({ uri });
      await call('toggle-subscriber-updates');
      await eventually(() => heard('notifications/resources/updated', uri), 'an update');
      for (const server of remote.sessions.values()) server.registerTool('late', {}, () => ({ content: [] }));
      await eventually(() => heard('notifications/tools/list_changed', ''), 'a change of the tools');
      assert.ok((await client.listTools()).tools.some((tool) => tool.name === 'late'));
    });

    await t.test('the end of the session ends its children and sessions', async () => {
      const servers = (): number =>
        descendants(gateway.pid).filter(({ commandLine }) => commandLine.join(' ').includes('server-')).length;
      assert.equal(servers(), 2);
      await terminate();
      await client.close();
      await eventually(() => servers() === 0, 'the end of the children');
      await eventually(() => remote.sessions.size === 0, 'the end of the session at the server');
    });

    assert.ok(requests.count() > 40);
    // Node's fetch may open one that it then does not need.
    assert.ok((await gateway.connections()) >= requests.count());
  });
}
