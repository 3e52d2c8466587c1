import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closedHost } from '../../testkit/upstream.ts';
import { configFile, processPorts, processSection, startWaygate } from '../process/waygate-process.ts';
import { chat } from './ai-route.ts';

test('what one worker learns of a provider all of them know', async (t) => {
  const ports = await processPorts();
  const file = configFile(
    t,
    `${processSection(ports, 2)}
  logging: { format: json }
gateways:
  default: { port: ${ports.data}, address: ["127.0.0.1"] }
llm:
  models:
  - name: gone
    provider: { custom: { formats: [{ type: completions }] } }
    params: { baseUrl: "http://${await closedHost()}/v1" }
    health: { eviction: { duration: 60s } }
  - { name: here, provider: demo }
  virtualModels:
  - name: ha
    routing: { failover: { targets: [{ model: gone, priority: 0 }, { model: here, priority: 1 }] } }
`,
  );
  const waygate = startWaygate(t, { args: ['-f', file] });
  await waygate.says('ready');
  // Connections of their own reach both workers, all but never only one.
  for (let i = 0; i < 24; i++) assert.equal((await chat(ports.data, { model: 'ha' })).status, 200);
  waygate.child.kill('SIGTERM');
  await waygate.ended;
  const log = `${waygate.stdout()}${waygate.stderr()}`;
  assert.equal(log.match(/"waygate\.llm\.tried":"custom:connectFailed"/g)?.length, 1);
});
