/** The coding agents as MCP clients, set up as the documentation says: models see the tools of all servers. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startLlmGateway } from '../llm/llm-gateway.ts';
import { startMcpGateway } from '../mcp/mcp-gateway.ts';
import { installAgents, runAgent, workFolder } from './agents.ts';
import { startScriptedModel } from './scripted-model.ts';
import { agentUpstreams } from './upstreams.ts';

before(installAgents);

/** Two servers, of which one can be asked for a value that no model can know. */
async function startServers(t: TestContext): Promise<{ readonly url: string; readonly value: string }> {
  const value = randomUUID();
  const program = (name: string): string =>
    fileURLToPath(import.meta.resolve(`@modelcontextprotocol/server-${name}/dist/index.js`));
  const { url } = await startMcpGateway(
    t,
    `
- name: everything
  stdio: { cmd: "${process.execPath}", args: ["${program('everything')}"], env: { UNGUESSABLE: "${value}" } }
- name: memory
  stdio: { cmd: "${process.execPath}", args: ["${program('memory')}"] }`,
  );
  return { url: url.href, value };
}

test('Claude Code lists the tools of all servers, and its model reads what one of them says', async (t) => {
  const servers = await startServers(t);
  let listed: readonly string[] = [];
  const scripted = await startScriptedModel(t, (tools) => {
    if (tools.length > listed.length) listed = tools;
    return tools.includes('mcp__waygate__get-env') ? { name: 'mcp__waygate__get-env', arguments: '{}' } : null;
  });
  const gateway = await startLlmGateway(t, agentUpstreams['completions']?.model('claude-*', scripted.url) ?? '');
  const folder = workFolder(t);
  const added = await runAgent('claude', ['mcp', 'add', '--transport', 'http', 'waygate', servers.url], folder, {});
  assert.equal(added.code, 0, added.output);
  const args = [
    '-p',
    'Look at the environment.',
    '--model',
    'claude-sonnet-4-6',
    '--allowedTools',
    'mcp__waygate__get-env',
  ];
  const run = await runAgent('claude', args, folder, {
    ANTHROPIC_BASE_URL: new URL('/', gateway.url).href.slice(0, -1),
    ANTHROPIC_API_KEY: 'unused',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    ENABLE_TOOL_SEARCH: 'false',
  });
  assert.equal(run.code, 0, run.output);
  for (const tool of ['echo', 'read_graph']) assert.ok(listed.includes(`mcp__waygate__${tool}`), tool);
  assert.ok(scripted.requests.at(-1)?.includes(servers.value), 'the next request carries what the server said');
  assert.ok(run.output.includes(servers.value), run.output);
});

test('Codex lists the tools of all servers, and its model reads what one of them says', async (t) => {
  const servers = await startServers(t);
  let listed: readonly string[] = [];
  const scripted = await startScriptedModel(t, (tools) => {
    if (tools.length > listed.length) listed = tools;
    const tool = tools.find((name) => /get.env$/.test(name));
    return tool === undefined ? null : { name: tool, arguments: '{}' };
  });
  const gateway = await startLlmGateway(t, agentUpstreams['completions']?.model('coder', scripted.url) ?? '');
  const settings = [
    'model_provider="waygate"',
    'model_providers.waygate.name="Waygate"',
    `model_providers.waygate.base_url="${gateway.url}"`,
    'model_providers.waygate.wire_api="responses"',
    'model_providers.waygate.request_max_retries=0',
  ];
  const options = ['--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', '--model=coder'];
  const args = ['exec', ...options, ...settings.flatMap((setting) => ['-c', setting]), 'Look at the environment.'];
  const folder = workFolder(t);
  const added = await runAgent('codex', ['mcp', 'add', 'waygate', '--url', servers.url], folder, {});
  assert.equal(added.code, 0, added.output);
  const run = await runAgent('codex', args, folder, {});
  assert.equal(run.code, 0, run.output);
  for (const tool of ['echo', 'read_graph'])
    assert.ok(
      listed.some((name) => name.endsWith(tool)),
      tool,
    );
  assert.ok(scripted.requests.at(-1)?.includes(servers.value), 'the next request carries what the server said');
  assert.ok(run.output.includes(servers.value), run.output);
});
