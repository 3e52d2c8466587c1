import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { certificates } from '../../testkit/certificates.ts';
import { send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';

const names = ['strict-transport-security', 'x-content-type-options', 'x-frame-options', 'referrer-policy'];

test('without settings the usual fields are set, on errors too; that about TLS needs TLS', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute('{ securityHeaders: {} }', upstream.host));
  const { headers } = await send(gateway.port);
  assert.deepEqual(
    names.map((name) => headers[name]),
    [undefined, 'nosniff', 'SAMEORIGIN', 'strict-origin-when-cross-origin'],
  );
  await gateway.reload(oneRoute('{ securityHeaders: {} }', '127.0.0.1:1'));
  const failed = await send(gateway.port);
  assert.deepEqual([failed.status, failed.headers['x-content-type-options']], [503, 'nosniff']);
});

test('what the upstream says itself stays; off is off', async () => {
  await using upstream = await startUpstream((_, response) => {
    response.setHeader('x-frame-options', 'DENY');
    response.end();
  });
  const policies = `{ securityHeaders: { contentTypeOptions: off, referrerPolicy: off, contentSecurityPolicy: "default-src 'self'" } }`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  const { headers } = await send(gateway.port);
  assert.deepEqual(
    [...names, 'content-security-policy'].map((name) => headers[name]),
    [undefined, undefined, 'DENY', undefined, "default-src 'self'"],
  );
});

test('over HTTPS browsers are told to come back over HTTPS', async () => {
  const { local, ca } = certificates;
  await using gateway = await startGateway(`
binds: [{ port: $PORT, address: ["127.0.0.1"], listeners: [{ name: a, protocol: HTTPS,
  tls: { cert: "${local.cert}", key: "${local.key}" }, routes: [
  { name: r, policies: { securityHeaders: {}, directResponse: { status: 200 } } }] }] }]`);
  const { headers } = await send(gateway.port, { tls: { ca: readFileSync(ca) } });
  assert.equal(headers['strict-transport-security'], 'max-age=31536000');
});
