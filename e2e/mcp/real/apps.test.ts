/** Views of MCP Apps, icons and pages to visit, of a server of the official SDK beside another. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { before, test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitationCompleteNotificationSchema, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { eventually } from '../../../testkit/client.ts';
import { installMcpTools, mcpTools } from '../../../testkit/mcp/tools.ts';
import { temporaryFolder } from '../../process/waygate-process.ts';
import { startFleet, type Fleet } from './fleet.ts';

const limit = { timeout: 120_000 };

before(installMcpTools);

function start(t: TestContext): Promise<Fleet> {
  const program = join(import.meta.dirname, 'servers/app.ts');
  return startFleet(t, {
    settings: 'prefixMode: onClash',
    servers: { memory: 'memory' },
    more: `- name: app\n  stdio: { cmd: ${JSON.stringify(process.execPath)}, args: [${JSON.stringify(program)}] }`,
  });
}

test('the Inspector finds the view of a tool', limit, async (t) => {
  const { url } = await start(t);
  const args = ['--cli', url.href, '--transport', 'http', '--advertise-apps', '--method', 'tools/call'];
  const options = { env: { PATH: process.env['PATH'], HOME: temporaryFolder(t) }, timeout: 60_000 };
  const probe = [...args, '--tool-name', 'clock', '--app-info'];
  const { stdout } = await promisify(execFile)(mcpTools.inspectorCli, probe, options);
  const info = JSON.parse(stdout) as { readonly hasApp?: boolean; readonly resourceUri?: string };
  assert.equal(info.resourceUri, 'ui://app+clock/view.html', stdout);

  const client = new Client({ name: 'e2e', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(url));
  t.after(() => client.close());
  const { contents } = await client.readResource({ uri: info.resourceUri });
  assert.deepEqual(contents, [{ uri: info.resourceUri, mimeType: 'text/html;profile=mcp-app', text: '<p>twelve</p>' }]);
});

test('icons are those that clients may load', limit, async (t) => {
  const { url } = await start(t);
  const client = new Client({ name: 'e2e', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(url));
  t.after(() => client.close());
  const { tools } = await client.listTools();
  assert.deepEqual(tools.find(({ name }) => name === 'clock')?.icons, [
    { src: 'https://example.com/i.png' },
    { src: 'data:image/png;base64,AA==' },
  ]);
});

test('a client learns that the page it was sent to is done with', limit, async (t) => {
  const { url } = await start(t);
  const client = new Client({ name: 'e2e', version: '1' }, { capabilities: { elicitation: { url: {} } } });
  const asked: unknown[] = [];
  const done: string[] = [];
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
    asked.push(params);
    return { action: 'accept' };
  });
  client.setNotificationHandler(
    ElicitationCompleteNotificationSchema,
    ({ params }) => void done.push(params.elicitationId),
  );
  await client.connect(new StreamableHTTPClientTransport(url));
  t.after(() => client.close());
  const result = await client.callTool({ name: 'consent' });
  const [, id] = /accept (\S+)/.exec(JSON.stringify(result.content).replaceAll('"', ' ')) ?? [];
  assert.deepEqual(asked, [
    { mode: 'url', message: '[app] Please agree.', url: 'https://example.com/agree', elicitationId: id },
  ]);
  await eventually(() => done.length > 0, 'the completion');
  assert.deepEqual(done, [id]);
});
