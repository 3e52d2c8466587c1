/** The official suites for servers, run against the gateway in front of a reference of both eras or of one. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { installMcpTools } from '../../testkit/mcp/tools.ts';
import { expectedIn } from './expected.ts';
import { startGateway, topologies } from './gateway.ts';
import { checkSection, serverSection, type CellResult } from './report.ts';
import { allEras } from './server/eras.ts';
import { startReference } from './server/reference.ts';
import { requiredScenarios, runServerSuite, suites, type Outcomes } from './suite.ts';

/** The most that may fail where the upstream does not speak the suite's era. */
const allowedAcrossEras = 3;

before(installMcpTools);

const results: CellResult[] = [];

for (const suite of suites) {
  describe(`${suite.version}, ${suite.revision}`, { concurrency: 2 }, () => {
    for (const upstream of allEras) {
      for (const topology of topologies) {
        const expected = expectedIn(suite, upstream, topology);
        const isAcross = upstream === (suite.revision === '2025-11-25' ? 'newer' : 'older');
        const result = { suite, upstream, topology, passed: 0, required: suite.required };
        results.push(result);

        test(`upstream ${upstream}, ${topology}`, async (t) => {
          assert.ok(expected.size <= (isAcross ? allowedAcrossEras : 0), 'too much is expected to fail');
          const reference = await startReference(upstream);
          t.after(() => reference.close());
          const url = await startGateway(t, reference.url, topology);
          const outcomes = counted(await runServerSuite(suite, url));
          const required = new Set((await requiredScenarios(suite, 'server')) ?? outcomes.keys());
          assert.equal(required.size, suite.required);
          for (const scenario of required.union(new Set(outcomes.keys()))) {
            await t.test(scenario, () => {
              const outcome = outcomes.get(scenario);
              assert.ok(outcome !== undefined, 'was not run');
              const { failed, passed, messages } = outcome;
              if (required.has(scenario) && failed.length === 0 && passed > 0) result.passed++;
              assert.deepEqual(failed, expected.get(scenario)?.checks ?? [], messages.join('\n'));
              // Some that are not required check nothing where the gateway need not stream.
              assert.ok(passed > 0 || !required.has(scenario), 'nothing was checked');
            });
          }
        });
      }
    }
  });
}

test('the README shows these results', () => checkSection('servers', serverSection(results)));

/** Without the extensions that the upstream does not have. */
function counted(outcomes: Outcomes): Outcomes {
  return new Map([...outcomes].filter(([scenario]) => !/^(tasks|sep-2640)-/.test(scenario)));
}
