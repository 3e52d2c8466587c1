import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, RawClient } from '../../testkit/client.ts';
import { startRawUpstream } from '../../testkit/upstream.ts';
import { processPorts, processSection, startWaygate } from '../process/waygate-process.ts';

const limit = 5;
const clientCount = 16;

test(
  'a limit holds for all workers together, and the loss of one gives back what it held',
  { timeout: 60_000 },
  async (t) => {
    await using upstream = await startRawUpstream();
    const ports = await processPorts();
    const yaml = `${processSection(ports, 3)}
frontendPolicies: { http: { maxRequests: ${limit} } }
gateways: { default: { port: ${ports.data}, address: ["127.0.0.1"] } }
routes: [{ backends: [{ host: "${upstream.host}" }] }]
`;
    const waygate = startWaygate(t, { args: ['-c', yaml], env: { WAYGATE_TEST_FAULTS: '1' } });
    await waygate.says('ready');

    /** Sends one request on each of many connections; all but the limit are refused, the others wait. */
    const fill = async (): Promise<RawClient[]> => {
      const before = upstream.connections.length;
      const clients = Array.from({ length: clientCount }, () => RawClient.connect(ports.data));
      for (const client of clients) client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
      const refused = (): RawClient[] => clients.filter(({ received }) => received.startsWith('HTTP/1.1 503 '));
      await eventually(() => refused().length === clientCount - limit, 'the refusals');
      await eventually(() => upstream.connections.length === before + limit, 'the others at the upstream');
      return clients;
    };
    const leave = async (clients: readonly RawClient[]): Promise<void> => {
      for (const client of clients) client.destroy();
      for (const connection of upstream.connections) {
        await connection.until(() => connection.ended || connection.closed, 'the end of an upstream connection');
        connection.destroy();
      }
    };
    await leave(await fill());
    const waiting = await fill();
    waygate.child.kill('SIGUSR2');
    await waygate.says('a worker was replaced');
    await leave(waiting);
    const again = await fill();
    assert.equal(again.filter(({ received }) => received === '').length, limit);
    await leave(again);
  },
);
