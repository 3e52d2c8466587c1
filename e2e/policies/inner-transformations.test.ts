/** `transformations` of services that policies ask, of LLM providers and of MCP targets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, type CheckRequest, type CheckResponse } from '../../src/net/grpc/envoy/ext-authz.ts';
import { send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startGrpcService } from '../../testkit/grpc-service.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import { aiRoute, chat, chatAnswer, says } from '../llm/ai-route.ts';
import { openSession, post, rpc } from '../mcp/http-client.ts';
import { startRecordingServer } from '../mcp/recording-server.ts';

test('the request to an authorization service of HTTP is computed, and what it answers', async () => {
  await using upstream = await startUpstream();
  await using service = await startUpstream((request, response) => {
    // It says in its body what others say with a status.
    response.end(JSON.stringify({ allow: String(request.body) === 'asks /open' }));
  });
  const policies = `
    extAuthz:
      host: "${service.host}"
      protocol: { http: { path: '"/check" + request.path' } }
      policies:
        transformations:
          request:
            metadata: { what: 'request.path.substring(6)' }
            set: { ":method": "'POST'", x-asked: request.path, x-host: request.host, x-user: jwt.sub, authorization: "'Bearer s3'" }
            body: "'asks ' + metadata.what"
          response:
            set: { ":status": "json(response.body).allow ? '200' : '403'", x-said: metadata.what }`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  const open = await send(gateway.port, { path: '/open', headers: { 'x-user': 'admin' } });
  const shut = await send(gateway.port, { path: '/shut' });
  assert.deepEqual([open.status, shut.status, shut.headers['x-said']], [200, 403, '/shut']);
  const asked = await service.request(1);
  assert.deepEqual(
    [asked.method, asked.url, asked.headers['x-asked'], asked.headers['x-host'], asked.headers['authorization']],
    ['POST', '/check/open', '/check/open', '127.0.0.1', 'Bearer s3'],
  );
  // It is the gateway's own request, of which there is no jwt.
  assert.equal(asked.headers['x-user'], undefined);
  assert.equal(gateway.metric('policy_expression_errors', { policy: 'transformations' }), 2);
});

test('a token endpoint of another shape is spoken to', async () => {
  await using upstream = await startUpstream();
  await using sts = await startUpstream((_request, response) => {
    response.setHeader('content-type', 'application/json').end('{"data": {"jwt": "new"}}');
  });
  const changes = `{ request: { set: { content-type: "'application/json'" }, body: '{"form": string(request.body)}' },
    response: { body: '{"access_token": json(response.body).data.jwt, "token_type": "Bearer", "expires_in": 60}' } }`;
  const auth = `{ oauthTokenExchange: { host: "${sts.host}", path: /token, policies: { transformations: ${changes} } } }`;
  await using gateway = await startGateway(
    oneRoute('', `{ host: "${upstream.host}", policies: { backendAuth: ${auth} } }`),
  );
  assert.equal((await send(gateway.port, { headers: { authorization: 'Bearer old' } })).status, 200);
  assert.equal((await upstream.request(1)).headers.authorization, 'Bearer new');
  const asked = await sts.request(1);
  const { form } = JSON.parse(String(asked.body)) as { readonly form: string };
  assert.equal(new URLSearchParams(form).get('subject_token'), 'old');
  assert.equal(asked.headers['content-type'], 'application/json');
});

test('a call whose fields or body cannot be computed is not made, and fails as the service would', async () => {
  await using upstream = await startUpstream();
  await using service = await startUpstream();
  for (const change of [
    'request: { replace: jwt.sub }',
    'request: { body: jwt.sub }',
    'response: { replace: jwt.sub }',
    'response: { body: jwt.sub }',
  ]) {
    const policies = `{ extAuthz: { host: "${service.host}", protocol: { http: {} }, policies: { transformations: { ${change} } } } }`;
    await using gateway = await startGateway(oneRoute(policies, upstream.host));
    assert.equal((await send(gateway.port)).status, 403, change);
  }
  assert.deepEqual([service.requests.length, upstream.requests.length], [2, 0]);
});

test('the fields of a call to a service of gRPC are computed; one that cannot be fails', async () => {
  await using upstream = await startUpstream();
  await using service = await startGrpcService<CheckRequest, CheckResponse>(check, (call, message) => {
    if (message === null) return;
    call.reply({ status: { code: 0 }, okResponse: {} });
    call.end();
  });
  const policies = (changes: string): string =>
    `{ extAuthz: { host: "${service.host}", policies: { transformations: { request: { ${changes} } } } } }`;
  await using gateway = await startGateway(
    oneRoute(policies(`set: { x-asked: request.path }, add: { x-by: "'waygate'" }`), upstream.host),
  );
  assert.equal((await send(gateway.port)).status, 200);
  const [call] = service.calls;
  assert.deepEqual(
    [call?.headers['x-asked'], call?.headers['x-by']],
    ['/envoy.service.auth.v3.Authorization/Check', 'waygate'],
  );
  await using failing = await startGateway(oneRoute(policies('replace: jwt.sub'), upstream.host));
  assert.equal((await send(failing.port)).status, 403);
  assert.equal(service.calls.length, 1);
});

test('fields of requests to one LLM provider and of its answers are computed from what the client asks', async () => {
  await using a = await startUpstream(says(500, { error: { message: 'no' } }));
  await using b = await startUpstream(says(200, chatAnswer('from b'), { 'x-region': 'eu' }));
  const more = `, policies: { backendAuth: { key: k }, transformations: {
      request: { set: { x-team: 'request.headers["x-client"] + "/team"', x-auth: 'request.headers["authorization"]' }, remove: [x-client] },
      response: { set: { x-served: 'response.headers["x-region"] + " " + request.path' }, remove: [x-region] } } }`;
  await using gateway = await startGateway(aiRoute([[{ host: a.host }], [{ host: b.host, more }]]));
  const reply = await chat(gateway.port, {}, { 'x-client': 'red' });
  assert.match(reply.text, /from b/);
  assert.deepEqual([reply.headers['x-served'], reply.headers['x-region']], ['eu /v1/chat/completions', undefined]);
  const [first, second] = [await a.request(1), await b.request(1)];
  assert.deepEqual([first.headers['x-client'], first.headers['x-team']], ['red', undefined]);
  assert.deepEqual([second.headers['x-client'], second.headers['x-team']], [undefined, 'red/team']);
  assert.equal(second.headers.authorization, 'Bearer k');
});

test('a provider whose fields cannot be computed ends the request with an error', async () => {
  await using a = await startUpstream(says(500, { error: { message: 'no' } }));
  await using b = await startUpstream(says(200, chatAnswer('from b')));
  for (const change of ['request: { replace: jwt.sub }', 'response: { replace: jwt.sub }']) {
    const more = `, policies: { transformations: { ${change} } }`;
    await using gateway = await startGateway(aiRoute([[{ host: a.host }], [{ host: b.host, more }]]));
    const reply = await chat(gateway.port);
    assert.equal(reply.status, 500, reply.text);
    assert.equal((JSON.parse(reply.text) as { error: { code: string } }).error.code, 'expressionFailed');
  }
});

test('fields of requests to an MCP target are computed, streams included', { timeout: 60_000 }, async (t) => {
  const server = await startRecordingServer(t);
  const host = `http://127.0.0.1:${server.port}`;
  const policies = `policies: { transformations: { request: { set: { x-route: 'request.method + " " + request.path', x-call: 'json(request.body).method' } } } }`;
  await using gateway = await startGateway(`
mcp:
  port: $PORT
  prefixMode: always
  targets:
  - { name: session, mcp: { host: "${host}/session" }, ${policies} }
  - { name: sse, sse: { host: "${host}/sse" }, ${policies} }
`);
  const id = await openSession(gateway.port, '/mcp', {});
  for (const kind of ['session', 'sse'] as const) {
    const call = rpc('tools/call', { name: `${kind}_echo`, arguments: {} });
    const { message } = await post(gateway.port, '/mcp', call, { 'mcp-session-id': id });
    assert.ok(message?.result, JSON.stringify(message));
    const { headers } = server.last(kind, 'tools/call') ?? assert.fail(kind);
    assert.equal(headers['x-call'], 'tools/call');
    assert.equal(headers['x-route'], `POST ${kind === 'sse' ? '/sse/messages' : '/session'}`);
  }
  assert.equal(server.last('sse', 'GET')?.headers['x-route'], 'GET /sse');
});
