/** A server over HTTP that goes away and comes back, beside one that does not, as clients of both eras see it. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { eventually } from '../../../testkit/client.ts';
import { startFleet, type Fleet } from './fleet.ts';
import { startHttpServer } from './http-server.ts';

const limit = { timeout: 120_000 };
const servers = { memory: 'memory' } as const;

async function connect(
  t: TestContext,
  { url }: Fleet,
  mode: 'legacy' | 'auto',
): Promise<{ client: Client; heard: string[] }> {
  const heard: string[] = [];
  const client = new Client({ name: 'e2e', version: '1' }, { capabilities: {}, versionNegotiation: { mode } });
  client.fallbackNotificationHandler = async ({ method }) => void heard.push(method);
  await client.connect(new StreamableHTTPClientTransport(url));
  t.after(() => client.close());
  return { client, heard };
}

type Listed = {
  readonly tools: readonly { readonly name: string }[];
  readonly _meta?: Readonly<Record<string, unknown>>;
};

const textOf = (result: unknown): string =>
  (result as { readonly content: readonly { readonly text?: string }[] }).content.map(({ text = '' }) => text).join('');

for (const mode of ['legacy', 'auto'] as const) {
  test(`a server that goes away takes only its own tools along, for a client in ${mode} mode`, limit, async (t) => {
    const remote = await startHttpServer(t, 'streamableHttp');
    const fleet = await startFleet(t, {
      settings: 'prefixMode: onClash',
      servers,
      more: `- name: remote\n  mcp: { host: "${remote.url}" }`,
    });
    const { client, heard } = await connect(t, fleet, mode);
    if (mode === 'auto') await client.listen({ toolsListChanged: true });
    const list = async (): Promise<{ names: string[]; degraded: unknown }> => {
      const { tools, _meta } = (await client.listTools({}, { cacheMode: 'refresh' } as object)) as Listed;
      return { names: tools.map(({ name }) => name), degraded: _meta?.['waygate/degraded'] };
    };
    const whole = await list();
    assert.ok(whole.names.includes('echo') && whole.names.includes('read_graph'));
    assert.equal(whole.degraded, undefined);
    const echo = (): Promise<unknown> => client.callTool({ name: 'echo', arguments: { message: 'm' } });
    assert.equal(textOf(await echo()), 'Echo: m');

    await remote.kill();
    await eventually(async () => !(await list()).names.includes('echo'), 'the list without the tools of the server');
    const rest = await list();
    assert.deepEqual(
      rest.names,
      whole.names.filter((name) => /_(?:graph|nodes|entities|relations|observations)$/.test(name)),
    );
    assert.match(JSON.stringify(rest.degraded), /remote/);
    const failed = (await echo()) as { readonly isError?: boolean };
    assert.equal(failed.isError, true);
    assert.match(textOf(failed), /remote/);
    assert.match(textOf(await client.callTool({ name: 'read_graph', arguments: {} })), /entities/);
    await eventually(() => heard.includes('notifications/tools/list_changed'), 'the change of the list');

    await remote.start();
    await eventually(async () => (await list()).names.includes('echo'), 'the list with the tools of the server');
    assert.deepEqual((await list()).names, whole.names);
    assert.equal(textOf(await echo()), 'Echo: m');
  });
}

for (const transport of ['streamableHttp', 'sse'] as const) {
  test(
    `a server over ${transport} that is started anew is greeted anew, and its client sees nothing of it`,
    limit,
    async (t) => {
      const remote = await startHttpServer(t, transport);
      const kind = transport === 'sse' ? 'sse' : 'mcp';
      const more = `- name: remote\n  ${kind}: { host: "${remote.url}" }`;
      const fleet = await startFleet(t, { servers, settings: 'prefixMode: onClash', more });
      const { client } = await connect(t, fleet, 'legacy');
      const structured = (): Promise<{ readonly structuredContent?: unknown }> =>
        client.callTool({ name: 'get-structured-content', arguments: { location: 'New York' } });
      const weather = { temperature: 33, conditions: 'Cloudy', humidity: 82 };
      assert.deepEqual((await structured()).structuredContent, weather);
      await remote.kill();
      await remote.start();
      await eventually(async () => (await structured()).structuredContent !== undefined, 'an answer of the new server');
      assert.deepEqual((await structured()).structuredContent, weather);
    },
  );
}

for (const [transport, kind] of [
  ['streamableHttp', 'mcp'],
  ['sse', 'sse'],
] as const) {
  test(`a client that only waits hears of a server over ${transport} that was started anew`, limit, async (t) => {
    const remote = await startHttpServer(t, transport);
    const more = `- name: remote\n  ${kind}: { host: "${remote.url}" }`;
    const fleet = await startFleet(t, { servers, settings: 'prefixMode: onClash', more });
    const { client, heard } = await connect(t, fleet, 'legacy');
    assert.equal(textOf(await client.callTool({ name: 'echo', arguments: { message: 'm' } })), 'Echo: m');
    heard.length = 0;
    await remote.kill();
    await remote.start();
    await eventually(() => heard.includes('notifications/tools/list_changed'), 'the change of the list');
  });
}
