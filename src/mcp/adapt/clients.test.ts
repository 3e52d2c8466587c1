import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeServer, withTools, type FakeOptions } from '../testdata/fake-target.ts';
import { makeEndpoint } from '../testdata/fetch-harness.ts';
import { ModernClient } from '../testdata/modern-client.ts';
import { RawClient } from '../testdata/raw-client.ts';

const APPS = 'io.modelcontextprotocol/ui';
const apps = { extensions: { [APPS]: { mimeTypes: ['text/html;profile=mcp-app'] } } };

const answers: Readonly<Record<string, object>> = {
  'tools/list': {
    tools: [
      {
        name: 'x',
        inputSchema: { type: 'object' },
        outputSchema: { type: 'array' },
        icons: [{ src: 'http://x.test/i.png' }, { src: 'https://x.test/i.png' }],
        _meta: { ui: { resourceUri: 'ui://view', visibility: ['model'] }, 'ui/resourceUri': 'ui://view' },
      },
    ],
  },
  'tools/call': {
    content: [{ type: 'resource_link', uri: 'f:///1', name: 'n', icons: [{ src: 'file:///etc/passwd' }] }],
    structuredContent: { n: 1 },
    _meta: {
      ui: { resourceUri: 'ui://view/2' },
      'waygate/degraded': ['all'],
      'io.modelcontextprotocol/serverInfo': { name: 'a', version: '1' },
      mine: 1,
    },
  },
  'prompts/list': { prompts: [{ name: 'p' }] },
  'prompts/get': { messages: [{ role: 'user', content: { type: 'audio', data: 'AAAA', mimeType: 'audio/wav' } }] },
};

function server(options: FakeOptions = {}): FakeServer {
  return new FakeServer('a', {
    capabilities: { tools: {}, prompts: {}, ...apps },
    answer: (message) => answers[message.method],
    ...options,
  });
}

async function open(protocolVersion: string, ...servers: FakeServer[]): Promise<RawClient> {
  const client = new RawClient(makeEndpoint({ targets: servers.map(({ target }) => target) }));
  await client.initialize({ protocolVersion });
  return client;
}

test('an older client gets what its revision has', async () => {
  const other = new FakeServer('b', { answer: withTools('y') });
  const call = async (revision: string): Promise<Record<string, unknown>> =>
    (await (await open(revision, server(), other)).call('tools/call', { name: 'a_x' })).result;
  const link = { type: 'resource_link', uri: 'a+f:///1', name: 'n', icons: [] };
  const _meta = { ui: { resourceUri: 'ui://a+view/2' }, mine: 1 };
  for (const revision of ['2025-11-25', '2025-06-18']) {
    assert.deepEqual(await call(revision), { content: [link], structuredContent: { n: 1 }, _meta });
  }
  const text = { type: 'text', text: 'n: a+f:///1' };
  for (const revision of ['2025-03-26', '2024-11-05']) {
    assert.deepEqual(await call(revision), { content: [text], structuredContent: { n: 1 }, _meta });
  }
  const prompt = async (revision: string): Promise<unknown> =>
    (await (await open(revision, server())).call('prompts/get', { name: 'p' })).result;
  assert.deepEqual(await prompt('2025-03-26'), answers['prompts/get']);
  const heard = { type: 'text', text: '[audio audio/wav, 3 bytes]' };
  assert.deepEqual(await prompt('2024-11-05'), { messages: [{ role: 'user', content: heard }] });
});

test('definitions name views as clients know them, with safe icons, and what sessions can read', async () => {
  const endpoint = makeEndpoint({ targets: [server().target, new FakeServer('b', { answer: withTools('y') }).target] });
  const raw = new RawClient(endpoint);
  await raw.initialize();
  const shown = {
    name: 'a_x',
    inputSchema: { type: 'object' },
    icons: [{ src: 'https://x.test/i.png' }],
    _meta: { ui: { resourceUri: 'ui://a+view', visibility: ['model'] }, 'ui/resourceUri': 'ui://a+view' },
  };
  const older = await raw.call<{ tools: object[] }>('tools/list');
  assert.deepEqual(older.result.tools[0], shown);
  const newer = (await new ModernClient(endpoint).call('tools/list')).result['tools'] as object[];
  assert.deepEqual(newer[0], { ...shown, outputSchema: { type: 'array' } });
});

test('MCP Apps are declared to either side as the other declares them, whatever eras the two are of', async () => {
  const capabilities = { ...apps, elicitation: {} };
  for (const modern of [false, true]) {
    const seen = (target: FakeServer): unknown => {
      const own = target.of('initialize')[0]?.params?.['capabilities'];
      const meta = target.of('tools/call')[0]?.params?.['_meta'] as Record<string, object> | undefined;
      return own ?? meta?.['io.modelcontextprotocol/clientCapabilities'];
    };
    const older = server({ modern });
    const raw = new RawClient(makeEndpoint({ targets: [older.target] }));
    const hello = await raw.initialize({ capabilities });
    assert.deepEqual((hello['capabilities'] as { extensions: object }).extensions, apps.extensions);
    await raw.call('tools/call', { name: 'x' });
    assert.deepEqual(seen(older), { elicitation: {}, ...apps });
    const newer = server({ modern });
    const client = new ModernClient(makeEndpoint({ targets: [newer.target] }));
    const { result } = await client.call('server/discover', {}, { capabilities });
    assert.deepEqual((result['capabilities'] as { extensions: object }).extensions, apps.extensions);
    await client.call('tools/call', { name: 'x' }, { capabilities });
    assert.deepEqual(seen(newer), { ...apps, elicitation: {} });
  }
});
