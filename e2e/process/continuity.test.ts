import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { test } from 'node:test';
import { answering, config, configFile, freePorts, startWaygate } from './waygate-process.ts';

const clients = 16;

/** A GET that says what came, or that the connection broke. */
function ask(port: number, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    let body = '';
    request({ host: '127.0.0.1', port, agent }, (response) => {
      response
        .setEncoding('utf8')
        .on('data', (part: string) => (body += part))
        .on('end', () => resolve(`${response.statusCode} ${body}`))
        .on('error', () => resolve('broken'));
    })
      .on('error', () => resolve('broken'))
      .end();
  });
}

test('10,000 requests across five reloads and a dead worker: only its own fail', { timeout: 120_000 }, async (t) => {
  const ports = await freePorts();
  const file = configFile(t, config(ports, 3, answering('v0')));
  const waygate = startWaygate(t, { args: ['-f', file], env: { WAYGATE_TEST_FAULTS: '1' } });
  await waygate.says('ready');

  const seen = new Map<string, number>();
  let count = 0;
  /** Half of the clients keep their connection, half make a new one for every request. */
  const run = async (total: number, during: () => Promise<void>): Promise<number> => {
    const end = count + total;
    let broken = 0;
    let over = false;
    const client = async (_: unknown, index: number): Promise<void> => {
      const agent = new Agent({ keepAlive: index % 2 === 0, maxSockets: 1 });
      while (!over || count < end) {
        count++;
        const answer = await ask(ports.data, agent);
        seen.set(answer, (seen.get(answer) ?? 0) + 1);
        if (answer === 'broken') broken++;
      }
      agent.destroy();
    };
    await Promise.all([
      ...Array.from({ length: clients }, client),
      during().finally(() => {
        over = true;
      }),
    ]);
    return broken;
  };

  const brokenByReloads = await run(8000, async () => {
    for (let version = 1; version <= 5; version++) {
      writeFileSync(file, config(ports, 3, answering(`v${version}`)));
      while (!seen.has(`200 v${version}`)) await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });
  assert.equal(brokenByReloads, 0);

  const brokenByFault = await run(2000, async () => {
    waygate.child.kill('SIGUSR2');
    await waygate.says('a worker was replaced');
  });
  // At most what each client had on that worker, or queued for it, at that moment.
  assert.ok(brokenByFault <= clients, `${brokenByFault} requests failed`);
  assert.deepEqual(
    [...seen.keys()].filter((answer) => !/^(?:200 v[0-5]|broken)$/.test(answer)),
    [],
  );
});
