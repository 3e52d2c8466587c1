import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';

const json = { 'content-type': 'application/json' };

test('an expression of a policy sees the request body, which still reaches the upstream whole', async () => {
  await using upstream = await startUpstream();
  const policies = `
    directResponse:
      conditional:
      - { condition: "json(request.body).kind == 'local'", status: 299 }`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  const local = await send(gateway.port, { method: 'POST', headers: json, body: '{"kind":"local"}' });
  assert.equal(local.status, 299);
  const body = `{"kind":"${'x'.repeat(20_000)}"}`;
  assert.equal((await send(gateway.port, { method: 'POST', headers: json, body })).status, 200);
  assert.equal(upstream.requests.at(-1)?.body.toString(), body);
});

test('a body larger than may be held is refused where an expression needs it', async () => {
  const policies = `{ directResponse: { status: 200, bodyExpression: "string(size(request.body))" } }`;
  const limit = 'frontendPolicies: { http: { maxBufferSize: 100 } }';
  await using gateway = await startGateway(oneRoute(policies, [], limit));
  assert.equal((await send(gateway.port, { method: 'POST', body: 'x'.repeat(100) })).text, '100');
  assert.equal((await send(gateway.port, { method: 'POST', body: 'x'.repeat(101) })).status, 413);
});

test('log expressions see both bodies as they passed, and delay neither', async () => {
  await using upstream = await startUpstream((_request, response) => response.end('the answer'));
  const fields = `
frontendPolicies:
  accessLog:
    add: { asked: "string(request.body)", answered: "string(response.body)", start: "string(request.bodyPrefix)" }`;
  await using gateway = await startGateway(oneRoute('', upstream.host, fields));
  await send(gateway.port, { method: 'POST', body: 'the question' });
  const [line] = await gateway.lines(1);
  assert.deepEqual(
    [line?.['asked'], line?.['answered'], line?.['start']],
    ['the question', 'the answer', 'the question'],
  );
});

test('repeated fields can be read as one value and line by line, and framing fields are there', async () => {
  const policies = `
    directResponse:
      status: 200
      headers:
        x-joined: "request.headers.join()['x-a']"
        x-lines: "string(size(request.headers.raw()['x-a']))"
        x-length: "request.headers['content-length']"
        x-host: "request.headers['host']"`;
  await using gateway = await startGateway(oneRoute(policies));
  const reply = await send(gateway.port, {
    method: 'POST',
    headers: { 'x-a': ['1', '2'], host: 'a.test' },
    body: 'four',
  });
  const { headers } = reply;
  assert.deepEqual(
    [headers['x-joined'], headers['x-lines'], headers['x-length'], headers['x-host']],
    ['1,2', '2', '4', 'a.test'],
  );
});

test('fields that hold credentials, and those that the file names, are hidden by redacted()', async () => {
  await using upstream = await startUpstream((_request, response) => {
    response.setHeader('X-Tenant-Key', 'secret');
    response.end();
  });
  const fields = `
config: { sensitiveHeaders: [X-Tenant-Key] }
frontendPolicies:
  accessLog: { add: { asked: request.headers.redacted(), answered: response.headers.redacted() } }`;
  await using gateway = await startGateway(oneRoute('', upstream.host, fields));
  const secrets = ['x-tenant-key', 'x-amz-security-token', 'x-auth-token', 'authorization'];
  await send(gateway.port, { headers: { ...Object.fromEntries(secrets.map((name) => [name, 'secret'])), 'x-a': '1' } });
  const [line] = await gateway.lines(1);
  const asked = line?.['asked'] as Record<string, string>;
  for (const name of secrets) assert.equal(asked[name], '<redacted>', name);
  assert.equal(asked['x-a'], '1');
  assert.doesNotMatch(await gateway.rawLog(), /secret/);
});
