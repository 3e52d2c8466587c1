/** ghz, a client that makes many calls at once over several connections. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { certificates } from '../../testkit/certificates.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { installGrpc, runGhz, startInteropServer } from './programs.ts';

const { cert, key } = certificates.local;
const load = { calls: 400, concurrency: 20, connections: 4 };
const threeAnswers = { response_parameters: [{ size: 10 }, { size: 1000 }, { size: 100_000 }] };
const payload = { body: Buffer.alloc(1000, 'x').toString('base64') };

before(installGrpc);

for (const { title, tls, settings } of [
  { title: 'over HTTP/2 with prior knowledge', tls: false, settings: 'protocol: HTTP' },
  { title: 'over TLS', tls: true, settings: `protocol: HTTPS, tls: { cert: ${cert}, key: ${key} }` },
]) {
  describe(`ghz, ${title}`, () => {
    for (const { method, data } of [
      { method: 'UnaryCall', data: { response_size: 1000, payload } },
      { method: 'StreamingOutputCall', data: { ...threeAnswers, payload } },
      { method: 'FullDuplexCall', data: [threeAnswers, { ...threeAnswers, payload }] },
    ]) {
      test(`${method}: all calls end with OK, at both ends`, async () => {
        await using server = await startInteropServer(false);
        await using gateway = await startGateway(`
binds:
- port: $PORT
  address: ["127.0.0.1"]
  listeners: [{ name: only, ${settings}, routes: [{ backends: [{ host: "${server.host}" }] }] }]
`);
        const report = await runGhz(`grpc.testing.TestService.${method}`, data, { port: gateway.port, tls }, load);
        assert.deepEqual(report, {
          count: load.calls,
          statusCodeDistribution: { OK: load.calls },
          errorDistribution: {},
        });
        const lines = await gateway.lines(load.calls);
        for (const line of lines) assert.deepEqual([line['http.status'], line['grpc.status']], [200, 0]);
        assert.equal(new Set(lines.map((line) => line['src.addr'])).size, load.connections);
      });
    }
  });
}
