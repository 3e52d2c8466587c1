/** The official suites for clients: the gateway is the client, driven by an official one behind it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { installMcpTools } from '../../testkit/mcp/tools.ts';
import { checkSection, clientSection } from './report.ts';
import { requiredScenarios, runClientScenario, suites } from './suite.ts';

const command = `${process.execPath} ${join(import.meta.dirname, 'client-driver.ts')}`;

/** What each suite requires of clients, but for authorization. */
const required: Readonly<Record<string, readonly string[]>> = {
  '2025-11-25': ['initialize', 'tools_call', 'elicitation-sep1034-client-defaults', 'sse-retry'],
  '2026-07-28': [
    'tools_call',
    'request-metadata',
    'sep-2322-client-request-state',
    'http-standard-headers',
    'http-custom-headers',
    'http-invalid-tool-headers',
    'json-schema-ref-no-deref',
  ],
};

before(installMcpTools);

const results = new Map<string, string[]>();

for (const suite of suites) {
  const scenarios = required[suite.revision] ?? [];
  describe(`${suite.version}, ${suite.revision}, clients`, { concurrency: 2 }, () => {
    test('no required scenario is missing here', async () => {
      const all = await requiredScenarios(suite, 'client');
      if (all !== null)
        assert.deepEqual(all.filter((name) => !name.startsWith('auth/')).toSorted(), scenarios.toSorted());
    });

    for (const scenario of scenarios) {
      const passed = results.get(scenario) ?? [];
      results.set(scenario, passed);

      test(scenario, async () => {
        const outcomes = [...(await runClientScenario(suite, scenario, command)).values()];
        const failures = outcomes.flatMap(({ messages }) => messages);
        assert.deepEqual(failures, []);
        assert.ok(
          outcomes.some((one) => one.passed > 0),
          'nothing was checked',
        );
        passed.push(`${suite.version} at ${suite.revision}`);
      });
    }
  });
}

test('the README shows these results', () => checkSection('clients', clientSection(results)));
