/** What clients with a session count on: pings, lost streams, limits of time, and servers that are not asked in vain. */
import assert from 'node:assert/strict';
import { before, test, type TestContext } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { installMcpTools } from '../../../testkit/mcp/tools.ts';
import { serverNames, startFleet, type Fleet } from './fleet.ts';

const limit = { timeout: 120_000 };
const servers = { everything: 'everything' } as const;
const long = 'trigger-long-running-operation';

before(installMcpTools);

async function connect(t: TestContext, { url }: Fleet, fetcher: typeof fetch = fetch): Promise<Client> {
  const client = new Client({ name: 'e2e', version: '1' }, { capabilities: {} });
  await client.connect(new StreamableHTTPClientTransport(url, { fetch: fetcher }));
  t.after(() => client.close());
  return client;
}

const textOf = (result: unknown): string =>
  (result as { readonly content: readonly { readonly text?: string }[] }).content.map(({ text = '' }) => text).join('');

test('pings are answered by the gateway, and no server is asked for what it does not have', limit, async (t) => {
  const fleet = await startFleet(t);
  const client = await connect(t, fleet);
  await client.ping();
  await client.listTools();
  await client.listPrompts();
  await client.listResources();
  await client.listResourceTemplates();
  const asked = (server: (typeof serverNames)[number]): readonly (string | undefined)[] =>
    fleet.received(server).map(({ method }) => method);
  for (const server of serverNames) assert.ok(!asked(server).includes('ping'), server);
  assert.ok(asked('everything').includes('prompts/list'));
  assert.ok(asked('memory').includes('resources/list'));
  for (const method of ['prompts/list', 'resources/list', 'resources/templates/list']) {
    assert.ok(!asked('files').includes(method), method);
  }
  assert.ok(!asked('memory').includes('prompts/list'));
});

test('a call whose stream breaks off goes on where it was, with all that was sent meanwhile', limit, async (t) => {
  const fleet = await startFleet(t, { settings: 'prefixMode: onClash', servers });
  let breaks = 0;
  let resumed = 0;
  // The first stream of a call ends after its first event of progress.
  const breaking: typeof fetch = async (input, init) => {
    const headers = new Headers(init?.headers);
    if (headers.has('last-event-id')) resumed++;
    const response = await fetch(input, init);
    if (init?.method !== 'POST' || !JSON.stringify(init.body).includes(long) || breaks > 0 || response.body === null)
      return response;
    breaks++;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const cut = new ReadableStream<string>({
      async pull(controller) {
        const { value, done } = await reader.read();
        if (value !== undefined) controller.enqueue(value);
        if (done || value.includes('notifications/progress')) {
          await reader.cancel();
          controller.close();
        }
      },
    });
    return new Response(cut.pipeThrough(new TextEncoderStream()), response);
  };
  const client = await connect(t, fleet, breaking);
  const steps: number[] = [];
  const result = await client.callTool({ name: long, arguments: { duration: 4, steps: 8 } }, undefined, {
    onprogress: ({ progress }) => void steps.push(progress),
  });
  assert.match(textOf(result), /completed/);
  assert.deepEqual(steps, [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.equal(breaks, 1);
  assert.ok(resumed > 0);
});

test('a call may take longer than it may be silent', limit, async (t) => {
  const fleet = await startFleet(t, { settings: 'prefixMode: onClash\nlimits: { callIdle: 3s }', servers });
  const client = await connect(t, fleet);
  const onprogress = (): void => undefined;
  const lively = await client.callTool({ name: long, arguments: { duration: 6, steps: 12 } }, undefined, {
    onprogress,
  });
  assert.match(textOf(lively), /completed/);
  const silent = await client
    .callTool({ name: long, arguments: { duration: 600, steps: 1 } }, undefined, { onprogress })
    .then(textOf, (error: Error) => error.message);
  assert.doesNotMatch(silent, /completed/);
  assert.equal(textOf(await client.callTool({ name: 'echo', arguments: { message: 'm' } })), 'Echo: m');
});

for (const [prefixMode, listed] of Object.entries({
  onClash: ['echo', 'other_echo', 'get_current_time'],
  conditional: ['everything_echo', 'other_echo', 'time_get_current_time'],
  always: ['everything_echo', 'other_echo', 'time_get_current_time'],
  never: ['echo', 'get_current_time'],
})) {
  test(`names of two servers of one kind are told apart, with prefixMode ${prefixMode}`, limit, async (t) => {
    const fleet = await startFleet(t, {
      settings: `prefixMode: ${prefixMode}`,
      servers: { everything: 'everything', other: 'everything', time: 'time' },
    });
    const client = await connect(t, fleet);
    const names = (await client.listTools()).tools.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    assert.deepEqual(names.filter((name) => /echo|get_current_time/.test(name)).toSorted(), listed.toSorted());
    for (const name of new Set(['everything_echo', 'other_echo', ...listed.filter((one) => one.endsWith('echo'))])) {
      assert.equal(textOf(await client.callTool({ name, arguments: { message: name } })), `Echo: ${name}`);
    }
    assert.equal(fleet.received('other').filter(({ method }) => method === 'tools/call').length, 1);

    const uris = (await client.listResources()).resources.map(({ uri }) => uri);
    assert.equal(new Set(uris).size, uris.length);
    const documents = uris.filter((uri) => uri.endsWith('features.md'));
    assert.equal(documents.length, 2);
    for (const uri of documents) assert.equal((await client.readResource({ uri })).contents[0]?.uri, uri);
    assert.equal(fleet.received('other').filter(({ method }) => method === 'resources/read').length, 1);
  });
}
