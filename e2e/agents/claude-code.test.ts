/** Claude Code, headless, on models that do not speak its API. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { startLlmGateway, type LlmGateway } from '../llm/llm-gateway.ts';
import { installAgents, runAgent, workFolder } from './agents.ts';
import { command, startScriptedModel } from './scripted-model.ts';
import { agentUpstreams } from './upstreams.ts';

before(installAgents);

/** What Claude Code is told of where it speaks to, by the API that it speaks there. */
const ways: Readonly<Record<string, (gateway: LlmGateway) => Readonly<Record<string, string>>>> = {
  Messages: ({ url }) => ({ ANTHROPIC_BASE_URL: new URL('/', url).href.slice(0, -1), ANTHROPIC_API_KEY: 'unused' }),
  'Vertex AI': ({ url }) => ({
    CLAUDE_CODE_USE_VERTEX: '1',
    CLAUDE_CODE_SKIP_VERTEX_AUTH: '1',
    ANTHROPIC_VERTEX_PROJECT_ID: 'p',
    ANTHROPIC_VERTEX_BASE_URL: url,
    CLOUD_ML_REGION: 'global',
  }),
};
const quiet = { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_AUTOUPDATER: '1' };

for (const [format, { model, path }] of Object.entries(agentUpstreams)) {
  for (const [way, variables] of Object.entries(ways)) {
    if (format === 'messages') continue;
    test(`Claude Code through ${way} runs a shell command for a model behind ${format}, and the model reads what it printed`, async (t) => {
      const scripted = await startScriptedModel(t, (tools) =>
        tools.includes('Bash') ? { name: 'Bash', arguments: JSON.stringify({ command, description: 'writes' }) } : null,
      );
      const gateway = await startLlmGateway(t, model('claude-*', scripted.url));
      const folder = workFolder(t);
      const args = ['-p', 'Write a random value.', '--allowedTools', 'Bash', '--model', 'claude-sonnet-4-6'];
      const environment = { ...variables(gateway), ...quiet };
      const run = await runAgent('claude', args, folder, environment);
      assert.equal(run.code, 0, run.output);
      const value = readFileSync(join(folder, 'value.txt'), 'utf8').trim();
      assert(value.length > 10);
      assert(scripted.requests.at(-1)?.includes(value), 'the next request carries what the tool printed');
      assert(run.output.includes(value), run.output);

      const again = await runAgent('claude', ['-p', 'Go on.', '--continue', ...args.slice(2)], folder, environment);
      assert.equal(again.code, 0, again.output);
      assert(scripted.requests.at(-1)?.includes(value), 'a later conversation still has it');
      for (const sent of scripted.paths()) assert.match(sent, path);
      assert.deepEqual(scripted.violations, []);
    });
  }
}
