/** Credentials as a client sees them: nothing of them, and an upstream that takes its requests. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { RawClient, send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream, type SeenRequest } from '../../testkit/upstream.ts';
import { json, setEnv } from './bench.ts';
import { verifies } from './verify-signature.ts';

const keys = { accessKeyId: 'AKID', secretAccessKey: 'top-secret', sessionToken: 'session' };
const aws = `{ aws: { accessKeyId: AKID, secretAccessKey: top-secret, sessionToken: session, region: eu-west-1 } }`;
const withAuth = (host: string, auth: string): string => `{ host: "${host}", policies: { backendAuth: ${auth} } }`;
const fromMachine = `{ azure: { explicitConfig: { managedIdentity: {} } } }`;

async function assertSigned(request: SeenRequest): Promise<void> {
  assert.ok(
    await verifies(request, keys, 'eu-west-1', 'bedrock'),
    `${request.method} ${request.url} is not signed well`,
  );
}

test('requests are signed as AWS checks them, whatever the body and the path', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute('', withAuth(upstream.host, aws)));
  const arn = 'arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.anthropic.claude-v1%3A0';
  const requests = [
    { path: '/' },
    { method: 'POST', path: `/model/${arn}/converse?b=2&a=%2F+1&a=0`, body: '{"messages":[]}' },
    {
      method: 'POST',
      path: '/model/a:b/converse',
      body: Readable.from(['a body ', 'without a length ', 'x'.repeat(100_000)]),
    },
    { method: 'PUT', path: '/', body: 'y'.repeat(300_000), headers: { 'content-type': 'text/plain;  charset=a' } },
  ];
  for (const request of requests) assert.equal((await send(gateway.port, request)).status, 200);
  for (const request of upstream.requests) await assertSigned(request);
  assert.equal(upstream.requests[2]?.body.byteLength, 100_024);
});

test('a client’s own signature does not get through', async () => {
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute('', withAuth(upstream.host, aws)));
  const headers = {
    authorization: 'AWS4-HMAC-SHA256 Credential=theirs',
    'x-amz-date': '20200101T000000Z',
    'x-amz-security-token': 'theirs',
    'x-amz-content-sha256': 'theirs',
  };
  await send(gateway.port, { path: '/a?X-Amz-Signature=theirs&b=1', headers });
  const request = await upstream.request(1);
  await assertSigned(request);
  assert.equal(request.url, '/a?b=1');
  assert.doesNotMatch(JSON.stringify(request.rawHeaders), /theirs|20200101/);
});

test('a retry is signed anew, with the time of now', async () => {
  await using upstream = await startUpstream((_request, response) => {
    response.writeHead(upstream.requests.length === 1 ? 503 : 200).end();
  });
  // At least half of it passes, and signatures count in seconds.
  const retry = '{ retry: { attempts: 1, backoff: 2100ms, codes: [503] } }';
  await using gateway = await startGateway(oneRoute(retry, withAuth(upstream.host, aws)));
  assert.equal((await send(gateway.port, { method: 'POST', path: '/', body: 'abc' })).status, 200);
  assert.equal(upstream.requests.length, 2);
  for (const request of upstream.requests) await assertSigned(request);
  const [first, second] = upstream.requests.map(({ headers }) => headers.authorization);
  assert.notEqual(first, second);
});

test('a body that does not fit is refused before anything is sent', async () => {
  await using upstream = await startUpstream();
  const small = 'frontendPolicies: { http: { maxBufferSize: 10 } }';
  await using gateway = await startGateway(oneRoute('', withAuth(upstream.host, aws), small));
  const reply = await send(gateway.port, { method: 'POST', body: Readable.from(['more than ', 'ten bytes']) });
  assert.equal(reply.status, 413);
  assert.equal(upstream.requests.length, 0);
});

test('a copy for a mirror is signed too', async () => {
  await using upstream = await startUpstream();
  await using mirror = await startUpstream();
  const named = `backends: [{ name: copy, host: "${mirror.host}", policies: { backendAuth: ${aws} } }]`;
  const policy = '{ requestMirror: { backend: { backend: /copy }, percentage: 1 } }';
  await using gateway = await startGateway(oneRoute(policy, upstream.host, named));
  await send(gateway.port, { method: 'POST', body: Readable.from(['some ', 'chunks']) });
  const copy = await mirror.request(1);
  await assertSigned(copy);
  assert.equal(copy.body.toString(), 'some chunks');
});

test('without a region, requests fail and say what to set', async (t) => {
  setEnv(t, { AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined, AWS_CONFIG_FILE: '/nonexistent' });
  await using upstream = await startUpstream();
  await using gateway = await startGateway(oneRoute('', withAuth(upstream.host, '{ aws: {} }')));
  const reply = await send(gateway.port);
  assert.equal(reply.status, 502);
  assert.match(reply.text, /"reason":"credentialsFailed".*no AWS region/);
});

test('a hundred clients wait for one token, and a body that streams meanwhile arrives whole', async (t) => {
  await using upstream = await startUpstream();
  let release: () => void = () => undefined;
  await using machine = await startUpstream((_request, response) => {
    release = (): void => json(response, { access_token: 'azure-token', expires_on: String(Date.now() / 1000 + 3600) });
  });
  setEnv(t, { AZURE_POD_IDENTITY_AUTHORITY_HOST: `http://${machine.host}`, IDENTITY_ENDPOINT: undefined });
  await using gateway = await startGateway(oneRoute('', withAuth(upstream.host, fromMachine)));
  const replies = Array.from({ length: 100 }, (_, i) =>
    send(gateway.port, {
      method: 'POST',
      headers: { authorization: 'Bearer theirs' },
      body: Readable.from([`body ${i}`, ' ends']),
    }),
  );
  await machine.request(1);
  release();
  for (const reply of await Promise.all(replies)) assert.equal(reply.status, 200);
  assert.equal(machine.requests.length, 1);
  const bodies = new Set(upstream.requests.map(({ body }) => body.toString()));
  assert.equal(bodies.size, 100);
  for (const { headers } of upstream.requests) assert.equal(headers.authorization, 'Bearer azure-token');
  // A reload that changes something else keeps the token.
  await gateway.reload(oneRoute('{ timeout: { requestTimeout: 9s } }', withAuth(upstream.host, fromMachine)));
  await send(gateway.port);
  assert.equal(machine.requests.length, 1);
});

test('a client that leaves while the token is fetched disturbs nobody', async (t) => {
  await using upstream = await startUpstream();
  let release: () => void = () => undefined;
  await using machine = await startUpstream((_request, response) => {
    release = (): void => json(response, { access_token: 'azure-token', expires_on: String(Date.now() / 1000 + 3600) });
  });
  setEnv(t, { AZURE_POD_IDENTITY_AUTHORITY_HOST: `http://${machine.host}`, IDENTITY_ENDPOINT: undefined });
  await using gateway = await startGateway(oneRoute('', withAuth(upstream.host, fromMachine)));
  const leaving = RawClient.connect(gateway.port);
  leaving.write('GET /left HTTP/1.1\r\nhost: a\r\n\r\n');
  await machine.request(1);
  const staying = send(gateway.port, { path: '/stayed' });
  leaving.socket.destroy();
  await gateway.lines(1);
  release();
  assert.equal((await staying).status, 200);
  assert.deepEqual(
    upstream.requests.map(({ url }) => url),
    ['/stayed'],
  );
});

test('a token that cannot be had is 502, and neither answer nor log holds a secret', async (t) => {
  await using upstream = await startUpstream();
  await using entra = await startUpstream((_request, response) =>
    json(response, { error: 'invalid_client', error_description: 'AADSTS7000215: hush-hush is wrong' }, 401),
  );
  setEnv(t, { AZURE_AUTHORITY_HOST: `http://${entra.host}` });
  const auth =
    '{ azure: { explicitConfig: { clientSecret: { tenant_id: t, client_id: c, client_secret: hush-hush } } } }';
  await using gateway = await startGateway(oneRoute('', withAuth(upstream.host, auth)));
  const reply = await send(gateway.port);
  assert.equal(reply.status, 502);
  assert.deepEqual(JSON.parse(reply.text), {
    error: { reason: 'credentialsFailed', message: 'Azure credentials could not be obtained' },
  });
  assert.match(
    gateway.diagnostics.join('\n'),
    /Azure credentials could not be obtained.*AADSTS7000215: \*\*\* is wrong/,
  );
  assert.doesNotMatch(`${gateway.diagnostics.join()} ${await gateway.rawLog()}`, /hush/);
  assert.equal(upstream.requests.length, 0);
});

test('a retry policy tries again for the token, and the request then goes out whole, streamed or buffered', async (t) => {
  let asked = 0;
  await using upstream = await startUpstream();
  await using machine = await startUpstream((_request, response) => {
    if (++asked % 2 === 1) return json(response, {}, 500);
    json(response, { access_token: 'azure-token', expires_on: String(Date.now() / 1000 + 3600) });
  });
  setEnv(t, { AZURE_POD_IDENTITY_AUTHORITY_HOST: `http://${machine.host}`, IDENTITY_ENDPOINT: undefined });
  // Half of the waits at least: 0.3 s, then 0.6 s, then 1.2 s; the token is asked for again after a second.
  for (const more of ['', ', buffer: { request: {} }']) {
    const policies = `{ retry: { attempts: 3, backoff: 600ms, codes: [503] }${more} }`;
    await using gateway = await startGateway(oneRoute(policies, withAuth(upstream.host, fromMachine)));
    const reply = await send(gateway.port, { method: 'POST', body: Readable.from(['a body ', 'in parts']) });
    assert.equal(reply.status, 200);
  }
  assert.deepEqual(
    upstream.requests.map(({ body, headers }) => [body.toString(), headers.authorization]),
    Array.from({ length: 2 }, () => ['a body in parts', 'Bearer azure-token']),
  );
});
