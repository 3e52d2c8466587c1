import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { test } from 'node:test';
import { eventually } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startRawUpstream } from '../../testkit/upstream.ts';

test('streams beyond the limit are refused, and those within it go on', async () => {
  await using upstream = await startRawUpstream();
  const extra = 'frontendPolicies: { http: { http2MaxConcurrentStreams: 2 } }';
  await using gateway = await startGateway(oneRoute('', upstream.host, extra));
  // A client that does not keep to the limit: it has not heard of it yet.
  const session = http2.connect(`http://127.0.0.1:${gateway.port}`, { peerMaxConcurrentStreams: 100 });
  const statuses: number[] = [];
  const streams = Array.from({ length: 4 }, (_, i) => {
    const stream = session.request({ ':path': `/${i}` });
    stream.on('error', () => undefined);
    stream.on('response', (fields) => statuses.push(fields[':status'] ?? 0));
    stream.resume();
    return stream;
  });
  await eventually(() => streams.filter(({ rstCode, closed }) => closed && rstCode === 7).length === 2);
  await eventually(() => upstream.connections.length === 2);
  for (const connection of upstream.connections) connection.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
  await eventually(() => statuses.length === 2);
  assert.deepEqual(statuses, [200, 200]);
  assert.equal(session.remoteSettings.maxConcurrentStreams, 2);
  session.destroy();
});
