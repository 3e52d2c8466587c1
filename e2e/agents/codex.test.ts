/** Codex, headless, on models that do not speak the Responses API. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { startLlmGateway } from '../llm/llm-gateway.ts';
import { installAgents, runAgent, workFolder } from './agents.ts';
import { command, startScriptedModel } from './scripted-model.ts';
import { agentUpstreams } from './upstreams.ts';

before(installAgents);

/** A model name that Codex does not know, and one for which it has freeform tools in namespaces, told by an item. */
const styles: Readonly<Record<string, { readonly tool: string; readonly input: object }>> = {
  coder: { tool: 'exec_command', input: { cmd: command } },
  'gpt-6.1-sol': {
    tool: 'functions__exec',
    input: { input: `const { output } = await tools.exec_command(${JSON.stringify({ cmd: command })}); text(output);` },
  },
};

for (const [format, { model, path }] of Object.entries(agentUpstreams)) {
  for (const [name, { tool, input }] of Object.entries(styles)) {
    if (format === 'responses') continue;
    test(`Codex as for ${name} runs a shell command for a model behind ${format}, and the model reads what it printed`, async (t) => {
      const scripted = await startScriptedModel(t, (tools) =>
        tools.includes(tool) ? { name: tool, arguments: JSON.stringify(input) } : null,
      );
      const gateway = await startLlmGateway(t, model(name, scripted.url));
      const folder = workFolder(t);
      const settings = [
        'model_provider="waygate"',
        'model_providers.waygate.name="Waygate"',
        `model_providers.waygate.base_url="${gateway.url}"`,
        'model_providers.waygate.wire_api="responses"',
        'model_providers.waygate.request_max_retries=0',
        'model_providers.waygate.stream_max_retries=0',
      ];
      const options = [
        '--skip-git-repo-check',
        '--dangerously-bypass-approvals-and-sandbox',
        `--model=${name}`,
        ...settings.flatMap((setting) => ['-c', setting]),
      ];
      const run = await runAgent('codex', ['exec', ...options, 'Write a random value.'], folder, {});
      assert.equal(run.code, 0, run.output);
      const value = readFileSync(join(folder, 'value.txt'), 'utf8').trim();
      assert(value.length > 10);
      assert(scripted.requests.at(-1)?.includes(value), 'the next request carries what the tool printed');
      assert(run.output.includes('The tool said: ') && run.output.includes(value), run.output);

      const again = await runAgent('codex', ['exec', 'resume', '--last', ...options, 'Go on.'], folder, {});
      assert.equal(again.code, 0, again.output);
      assert(scripted.requests.at(-1)?.includes(value), 'a later conversation still has it');
      for (const sent of scripted.paths()) assert.match(sent, path);
      assert.deepEqual(scripted.violations, []);
    });
  }
}
