/** Claude Code, headless, on models that do not speak its API. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { startLlmGateway } from '../llm/llm-gateway.ts';
import { installAgents, runAgent, workFolder } from './agents.ts';
import { command, startScriptedModel } from './scripted-model.ts';
import { agentUpstreams } from './upstreams.ts';

before(installAgents);

for (const [format, { model, path }] of Object.entries(agentUpstreams)) {
  if (format === 'messages') continue;
  test(`Claude Code runs a shell command for a model behind ${format}, and the model reads what it printed`, async (t) => {
    const scripted = await startScriptedModel(t, (tools) =>
      tools.includes('Bash') ? { name: 'Bash', arguments: JSON.stringify({ command, description: 'writes' }) } : null,
    );
    const gateway = await startLlmGateway(t, model('claude-*', scripted.url));
    const folder = workFolder(t);
    const args = ['-p', 'Write a random value.', '--allowedTools', 'Bash', '--model', 'claude-sonnet-4-6'];
    const run = await runAgent('claude', args, folder, {
      ANTHROPIC_BASE_URL: new URL('/', gateway.url).href.slice(0, -1),
      ANTHROPIC_API_KEY: 'unused',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
    });
    assert.equal(run.code, 0, run.output);
    const value = readFileSync(join(folder, 'value.txt'), 'utf8').trim();
    assert(value.length > 10);
    assert(scripted.requests.at(-1)?.includes(value), 'the next request carries what the tool printed');
    for (const sent of scripted.paths()) assert.match(sent, path);
    assert.deepEqual(scripted.violations, []);
    assert(run.output.includes(value), run.output);
  });
}
