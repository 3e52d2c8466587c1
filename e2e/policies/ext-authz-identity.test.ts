import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { TestIssuer } from '../../src/gateway/tokens/testing/issuer.ts';
import { check, checkRequest, checkResponse } from '../../src/net/grpc/envoy/ext-authz.ts';
import { FrameReader, framed } from '../../src/net/grpc/framing.ts';
import { certificates } from '../../testkit/certificates.ts';
import { send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startGrpcService } from '../../testkit/grpc-service.ts';
import { startUpstream } from '../../testkit/upstream.ts';

test('a service is told the claims of a verified token, not the token', async () => {
  const issuer = new TestIssuer();
  issuer.addKey('k1');
  const exp = Math.floor(Date.now() / 1000) + 600;
  const token = issuer.token('k1', { iss: 'https://idp.test', aud: 'api', sub: 'alice', groups: ['a', 'b'], exp });
  await using upstream = await startUpstream();
  await using service = await startGrpcService(check, (call, message) => {
    if (message === null) return;
    call.reply({ status: {} });
    call.end();
  });
  const keys = JSON.stringify(issuer.keySet()).replaceAll('$', '$$');
  const policies = `{ jwtAuth: { mode: strict, issuer: "https://idp.test", audiences: [api], jwks: ${keys} }, extAuthz: { host: "${service.host}" } }`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  assert.equal((await send(gateway.port, { headers: { authorization: `Bearer ${token}` } })).status, 200);
  const { attributes } = service.calls[0]?.messages[0] ?? {};
  assert.equal(attributes?.request?.http?.headers?.has('authorization'), false);
  const payload = attributes?.metadataContext?.filterMetadata?.get('envoy.filters.http.jwt_authn')?.['jwt_payload'];
  const { sub, groups } = payload as { readonly sub?: string; readonly groups?: readonly string[] };
  assert.deepEqual([sub, groups], ['alice', ['a', 'b']]);
});

test('a service over TLS proves who it is and learns who asks', async () => {
  const { cert, key } = certificates.local;
  const fields: (string | undefined)[] = [];
  const server = http2.createSecureServer({ cert: readFileSync(cert), key: readFileSync(key) });
  server.on('stream', (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => {
    fields.push(headers['x-key']?.toString());
    const frames = new FrameReader(1_000_000);
    stream.on('data', (chunk: Buffer) => {
      frames.push(chunk);
      const bytes = frames.next();
      if (bytes === null) return;
      fields.push(checkRequest.decode(bytes).attributes?.request?.http?.path);
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(framed(checkResponse.encode({ status: {} })));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  try {
    await using upstream = await startUpstream();
    const config = (more: string): string =>
      oneRoute(
        `{ extAuthz: { host: "127.0.0.1:${port}", policies: { requestHeaderModifier: { set: { x-key: secret } }, backendTLS: { hostname: localhost${more} } } } }`,
        upstream.host,
      );
    await using gateway = await startGateway(config(`, root: "${certificates.ca}"`));
    assert.equal((await send(gateway.port, { path: '/p' })).status, 200);
    assert.deepEqual(fields, ['secret', '/p']);
    await gateway.reload(config(''));
    assert.equal((await send(gateway.port, { path: '/p' })).status, 403);
    assert.equal(fields.length, 2);
  } finally {
    server.close();
  }
});
