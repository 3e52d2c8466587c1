/** Clients of both eras with servers of both eras: everything that each of them can do, through one endpoint. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { eventually } from '../../../testkit/client.ts';
import { installMcpTools } from '../../../testkit/mcp/tools.ts';
import { openRawSession } from '../raw-session.ts';
import { listDirectly, type Listed } from './direct.ts';
import { serverCommands, serverNames, startFleet, type Received, type ServerName } from './fleet.ts';
import { pythonClients } from './python.ts';
import { calls, endless, graph, lists, type Report } from './report.ts';
import { abilities, typescriptClients } from './typescript.ts';

const limit = { timeout: 240_000 };

let direct: readonly Listed[] = [];
before(async () => {
  await installMcpTools();
  direct = await Promise.all(
    serverNames.map((server) => listDirectly(serverCommands(import.meta.dirname)[server], abilities)),
  );
});

for (const [name, converse] of Object.entries({ ...typescriptClients, ...pythonClients })) {
  const modern = !name.endsWith('legacy') && name !== 'SDK 1.x';
  test(`${name}: servers of both eras`, limit, async (t) => {
    const fleet = await startFleet(t, { settings: 'prefixMode: onClash\npageSize: 5' });
    // A client that asks what there is waits only so long for servers that nobody knows yet.
    await (await openRawSession(fleet.url)).delete();
    const root = `file://${fleet.folder}/shared`;
    const report = await converse({ url: fleet.url, root });
    const text = (what: string): string => textOf(report, what);

    await t.test('the client speaks its own revision', () => {
      assert.equal(report.revision, modern ? '2026-07-28' : '2025-11-25');
    });

    await t.test('capabilities and instructions are those of all servers', () => {
      // A Python client that is told the revision asks nothing of the server at first.
      if (name.endsWith('pinned') && name in pythonClients) return;
      const both = ['completions', 'logging', 'prompts', 'resources', 'tools'];
      assert.deepEqual(report.capabilities, modern ? both : [...both, 'tasks'].toSorted());
      assert.match(report.instructions, /Everything Server/);
    });

    await t.test('lists hold all pages of all servers, and nothing else', () => {
      for (const list of lists) {
        const expected = direct.flatMap(({ [list]: items }) => items);
        assert.deepEqual(report.lists[list].toSorted(), expected.toSorted(), list);
      }
    });

    await t.test('a tool of each server is called, by its name and by its full name', () => {
      assert.equal(text('everything'), 'Echo: ä');
      assert.match(text('time'), /T21:00:00\+09:00/);
      assert.match(text('memory'), /"Ada"/);
      assert.match(text('files'), /^Allowed directories:/);
      assert.match(text('prefixed'), /\b3\b/);
    });

    await t.test('structured results, images and failures of tools pass as they are', () => {
      assert.deepEqual(report.calls['structured']?.structuredContent, {
        temperature: 33,
        conditions: 'Cloudy',
        humidity: 82,
      });
      assert.deepEqual(
        report.calls['image']?.content.map(({ type }) => type),
        ['text', 'image', 'text'],
      );
      assert.equal(report.calls['failed']?.isError, true);
      assert.match(text('failed'), /Nowhere\/Land/);
      assert.equal(report.calls['unknown']?.code, -32602);
    });

    await t.test('URIs of resources are the same wherever they appear', () => {
      const dynamic = 'demo://resource/dynamic';
      const links = report.calls['links']?.content.flatMap(({ uri = [] }) => uri);
      assert.deepEqual(links, [`${dynamic}/blob/1`, `${dynamic}/text/2`]);
      const embedded = report.calls['embedded']?.content.flatMap(({ resource }) => resource?.uri ?? []);
      assert.deepEqual(embedded, [`${dynamic}/text/1`]);
      const { messages = [] } = report.prompts['embedded'] ?? {};
      assert.deepEqual(
        messages.flatMap(({ content }) => content.resource?.uri ?? []),
        [`${dynamic}/text/1`],
      );
      assert.deepEqual(
        ['text', 'blob', 'listed', 'graph'].map((what) => report.reads[what]?.contents[0]?.uri),
        [`${dynamic}/text/1`, `${dynamic}/blob/2`, 'demo://resource/static/document/features.md', graph],
      );
    });

    await t.test('resources of texts and bytes, of a list and of a template, are read', () => {
      const read = (what: string): { text?: string; blob?: string } => report.reads[what]?.contents[0] ?? {};
      assert.match(read('text').text ?? '', /^Resource 1: This is a plaintext resource/);
      assert.equal(read('full').text?.slice(0, 10), read('text').text?.slice(0, 10));
      assert.match(Buffer.from(read('blob').blob ?? '', 'base64').toString(), /^Resource 2: This is a base64 blob/);
      assert.match(read('listed').text ?? '', /^# Everything Server/);
      assert.match(read('graph').text ?? '', /"Ada"/);
      assert.match(report.reads['missing']?.error ?? '', /Unknown resource/);
    });

    await t.test('prompts are filled in, and arguments completed, with what is known already', () => {
      assert.equal(report.prompts['arguments']?.messages[0]?.content.text, "What's weather in Riga?");
      assert.deepEqual(report.completions['first']?.completion.values, ['Engineering']);
      assert.deepEqual(report.completions['context']?.completion.values, ['Eve']);
    });

    await t.test('progress comes in order', () => {
      assert.deepEqual(report.progress, [1, 2, 3]);
    });

    await t.test('a call that is given up is cancelled at its server, and no other', async () => {
      assert.equal(report.cancelled, true);
      assert.equal(text('afterwards'), 'Echo: still here');
      const cancellations = (server: ServerName): readonly Received[] =>
        fleet.received(server).filter(({ method }) => method === 'notifications/cancelled');
      await eventually(() => cancellations('everything').length > 0, 'the cancellation at the server');
      const cancelled = cancellations('everything').map(({ params }) => params?.['requestId']);
      const calls = fleet
        .received('everything')
        .filter(({ id, method }) => method === 'tools/call' && cancelled.includes(id));
      assert.ok(calls.some(({ params }) => JSON.stringify(params?.['arguments']) === JSON.stringify(endless)));
      for (const server of serverNames.filter((one) => one !== 'everything')) {
        assert.deepEqual(cancellations(server), [], server);
      }
    });

    await t.test('servers ask the client: sampling, elicitation by form and by URL, roots', () => {
      assert.match(text('sampling'), /sampled words/);
      assert.match(text('form'), /Name: Ada\n- Agreed to terms: true/);
      assert.match(text('url'), /User completed the URL elicitation flow\.\nElicitation ID: e-1/);
      assert.ok(text('roots').includes(root));
      for (const method of [
        'sampling/createMessage',
        'elicitation/create form',
        'elicitation/create url',
        'roots/list',
      ]) {
        assert.ok(report.asked.includes(method), method);
      }
      assert.ok(report.shown.includes(String(calls['url']?.[1]['url'])));
      assert.ok(report.shown.includes('[everything] Please provide inputs for the following fields:'));
    });

    await t.test('an error that sends to a page is one, or a question, by the revision of the client', () => {
      const page = 'https://modelcontextprotocol.io';
      assert.equal(report.calls['urlError']?.code, modern ? undefined : -32042);
      assert.equal(report.shown.includes(page), modern);
      assert.match(
        text('urlError'),
        modern ? /User completed the URL elicitation flow/ : /browser-based authorization/,
      );
    });

    // Servers of 2026-07-28 ask in the course of calls only, and so does the gateway with its clients.
    if (!modern) {
      await t.test('a server that asks for roots when the session begins gets them', () => {
        assert.equal(text('files'), `Allowed directories:\n${fleet.folder}/shared`);
      });
    }

    await t.test('log messages come at the level that was asked for, with the name of their server', () => {
      const level = fleet.received('everything').findLast(({ method }) => method === 'logging/setLevel');
      assert.equal(level?.params?.['level'], 'debug');
      assert.ok(report.logged.some(({ logger }) => logger === 'everything'));
      // It has no log, so it is not asked for one.
      assert.ok(!methods(fleet.received('memory')).includes('logging/setLevel'));
    });

    await t.test('an update of a resource comes to who asked for it', () => {
      // This client has no method for the streams of the newer revision.
      if (name.startsWith('fastmcp') && modern) return assert.equal(report.updated, null);
      assert.deepEqual([...new Set(report.updated)], [graph]);
    });
  });
}

function textOf(report: Report, what: string): string {
  const { content = [], error = '' } = report.calls[what] ?? {};
  return content.map((part) => part.text ?? '').join('\n') + error;
}

function methods(messages: readonly Received[]): readonly (string | undefined)[] {
  return messages.map(({ method }) => method);
}
