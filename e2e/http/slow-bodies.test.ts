import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RawClient } from '../../testkit/client.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';

test(
  'a body that comes a byte now and then is 408, one above the least rate is served',
  { timeout: 40_000 },
  async () => {
    await using upstream = await startUpstream();
    await using gateway = await startGateway(`
gateways: { default: { port: $PORT } }
frontendPolicies: { http: { bodyMinRate: 100 } }
routes: [{ backends: [{ host: "${upstream.host}" }] }]`);
    const post = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n';
    const trickling = RawClient.connect(gateway.port);
    const slow = RawClient.connect(gateway.port);
    trickling.write(post);
    slow.write(post);
    let sent = 0;
    while (!trickling.received.includes('\r\n\r\n')) {
      trickling.write('x');
      slow.write('x'.repeat(200));
      sent += 200;
      await sleep(100);
    }
    assert.match(trickling.received, /^HTTP\/1\.1 408 [^]*"reason":"requestTimeout"/);
    assert.equal(slow.received, '');
    slow.write('x'.repeat(100_000 - sent));
    await slow.has('\r\n\r\nok');
    slow.destroy();
    trickling.destroy();
  },
);
