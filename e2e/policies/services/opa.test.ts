import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { send } from '../../../testkit/client.ts';
import { oneRoute } from '../../../testkit/configurations.ts';
import { startGateway } from '../../../testkit/gateway.ts';
import { startUpstream } from '../../../testkit/upstream.ts';
import { installServices, startOpa } from './programs.ts';

before(installServices, { timeout: 600_000 });

const rego = `package envoy.authz

import rego.v1

request := input.attributes.request.http

default allow := false

allow if request.method == "GET"
allow if request.headers["x-role"] == "admin"
allow if input.parsed_body.amount < 10

result := {
  "allowed": allow,
  "headers": {"x-decided": sprintf("%s %s", [request.method, concat("/", input.parsed_path)])},
  "request_headers_to_remove": ["x-role"],
  "response_headers_to_add": {"x-team": input.attributes.contextExtensions.team},
  "query_parameters_to_set": {"by": input.attributes.metadataContext.filterMetadata.app.by},
  "query_parameters_to_remove": ["secret"],
  "dynamic_metadata": {"tier": "gold", "from": input.attributes.source.address.socketAddress.address},
  "body": "not yours",
  "http_status": 402,
}
`;

test('Open Policy Agent decides, changes and tells facts over Envoy’s protocol', async () => {
  await using opa = await startOpa(rego);
  await using upstream = await startUpstream();
  const policies = `
    extAuthz:
      host: "${opa.host}"
      protocol: { grpc: { context: { team: blue }, metadata: { app: '{"by": request.host}' } } }
      includeRequestBody: { maxRequestBytes: 1000 }
    transformations: { request: { set: { x-fact: 'extauthz.tier + " " + extauthz.from' } } }`;
  await using gateway = await startGateway(oneRoute(policies, upstream.host));
  const headers = { host: 'a.example', 'x-role': 'user', 'content-type': 'application/json' };
  const allowed = await send(gateway.port, { path: '/a/b?secret=1&x=2', headers });
  assert.deepEqual([allowed.status, allowed.headers['x-team']], [200, 'blue']);
  const seen = await upstream.request(1);
  assert.equal(seen.url, '/a/b?x=2&by=a.example');
  const { 'x-decided': decided, 'x-role': role, 'x-fact': fact } = seen.headers;
  assert.deepEqual([decided, role, fact], ['GET a/b', undefined, 'gold 127.0.0.1']);
  const post = (amount: number): Promise<{ readonly status: number; readonly text: string }> =>
    send(gateway.port, { method: 'POST', path: '/pay', headers, body: JSON.stringify({ amount }) });
  assert.equal((await post(5)).status, 200);
  const refused = await post(50);
  assert.deepEqual([refused.status, refused.text], [402, 'not yours']);
  const admin = { ...headers, 'x-role': 'admin' };
  assert.equal((await send(gateway.port, { method: 'DELETE', path: '/', headers: admin })).status, 200);
  assert.equal(upstream.requests.length, 3);
});
