/** The command line of the MCP Inspector, in each era that it speaks. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { installMcpTools, mcpTools } from '../../../testkit/mcp/tools.ts';
import { temporaryFolder } from '../../process/waygate-process.ts';
import { listDirectly } from './direct.ts';
import { serverCommands, startFleet } from './fleet.ts';
import type { ToolResult } from './report.ts';

let direct: readonly string[] = [];
before(async () => {
  await installMcpTools();
  const commands = Object.values(serverCommands(import.meta.dirname));
  direct = (await Promise.all(commands.map((command) => listDirectly(command, {})))).flatMap(({ tools }) => tools);
});

for (const era of ['legacy', 'auto', 'modern']) {
  test(`Inspector, ${era}: lists, tools, resources and prompts`, { timeout: 240_000 }, async (t) => {
    const { url, folder } = await startFleet(t, { settings: 'prefixMode: onClash\npageSize: 5' });
    const environment = { PATH: process.env['PATH'], HOME: temporaryFolder(t) };
    const inspect = async (method: string, ...args: readonly string[]): Promise<unknown> => {
      const fixed = ['--cli', url.href, '--transport', 'http', '--protocol-era', era, '--method', method];
      const options = { env: environment, timeout: 60_000, maxBuffer: 2 ** 24 };
      const { stdout } = await promisify(execFile)(mcpTools.inspectorCli, [...fixed, ...args], options);
      return JSON.parse(stdout);
    };
    const call = async (name: string, args: Readonly<Record<string, unknown>>): Promise<string> => {
      const result = await inspect('tools/call', '--tool-name', name, '--tool-args-json', JSON.stringify(args));
      return (result as ToolResult).content.map(({ text = '' }) => text).join('\n');
    };

    const { tools } = (await inspect('tools/list')) as { readonly tools: readonly { readonly name: string }[] };
    // More, where it says that it has roots.
    const names = new Set(tools.map(({ name }) => name));
    assert.deepEqual(
      direct.filter((name) => !names.has(name)),
      [],
    );

    assert.equal(await call('echo', { message: 'ä' }), 'Echo: ä');
    assert.match(await call('get_current_time', { timezone: 'UTC' }), /"timezone": "UTC"/);
    assert.match(await call('read_graph', {}), /"entities": \[\]/);
    assert.match(await call('list_directory', { path: folder }), /\[FILE\] note\.txt/);

    const uri = 'demo://resource/dynamic/text/1';
    assert.match(JSON.stringify(await inspect('resources/read', '--uri', uri)), /This is a plaintext resource/);
    assert.match(JSON.stringify(await inspect('resources/templates/list')), /"demo:[^"]*\{resourceId\}/);
    const prompt = await inspect('prompts/get', '--prompt-name', 'args-prompt', '--prompt-args', 'city=Riga');
    assert.match(JSON.stringify(prompt), /What's weather in Riga\?/);
  });
}
