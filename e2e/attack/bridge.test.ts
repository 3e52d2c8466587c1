import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { RawClient } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';

test('chunks of HTTP/1 reach an upstream of HTTP/2 as what is in them', async () => {
  const server = http2.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('latin1')));
    request.on('end', () => response.end(`<${body}>`));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const backend = `{ host: "127.0.0.1:${(server.address() as AddressInfo).port}", policies: { http: { version: "2" } } }`;
  {
    await using gateway = await startGateway(oneRoute('', backend));
    const client = RawClient.connect(gateway.port);
    client.write('POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n');
    client.write('5;a=b\r\nhello\r\n0\r\nx-t: 1\r\n\r\n');
    await client.has('<');
    await client.has('\r\n0\r\n\r\n');
    assert.match(client.received, /<hello>/);
    client.destroy();
  }
  server.close();
});
