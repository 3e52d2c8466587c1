/** AWS's chain of credentials against loopback stand-ins; each place is asked once for a hundred requests. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Logger } from '../../src/base/logger.ts';
import { webFetch } from '../../src/base/web-fetch.ts';
import { issueRoleKeys } from '../../src/gateway/credentials/aws/assume-role.ts';
import { issueChainKeys } from '../../src/gateway/credentials/aws/key-chain.ts';
import type { SeenRequest } from '../../testkit/upstream.ts';
import { send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import { hundred, inAnHour, json, setEnv, tempFile, tokenOf } from './bench.ts';
import { verifies } from './verify-signature.ts';

const region = 'us-east-1';
const ports = { log: new Logger(() => undefined), env: {}, fetch: webFetch };

/** No credentials anywhere but where the test puts them. */
function clean(t: TestContext, variables: Readonly<Record<string, string>>): void {
  setEnv(t, {
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
    AWS_REGION: undefined,
    AWS_ROLE_ARN: undefined,
    AWS_WEB_IDENTITY_TOKEN_FILE: undefined,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: undefined,
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: undefined,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: undefined,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: undefined,
    AWS_ENDPOINT_URL_STS: undefined,
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...variables,
  });
}

const stsAnswer = (action: string, key: string): string => `<${action}Response><${action}Result><Credentials>
  <AccessKeyId>${key}</AccessKeyId><SecretAccessKey>role/secret+key=</SecretAccessKey>
  <SessionToken>role-session==</SessionToken><Expiration>${inAnHour()}</Expiration>
</Credentials></${action}Result></${action}Response>`;

test('keys of the environment', async (t) => {
  clean(t, { AWS_ACCESS_KEY_ID: 'AKENV', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'session' });
  const keys = await hundred(tokenOf(issueChainKeys(region)).token);
  assert.deepEqual(keys, { accessKeyId: 'AKENV', secretAccessKey: 'secret', sessionToken: 'session' });
});

test('keys of a profile', async (t) => {
  const file = tempFile(t, 'credentials', '[team]\naws_access_key_id = AKPROFILE\naws_secret_access_key = secret\n');
  clean(t, { AWS_SHARED_CREDENTIALS_FILE: file, AWS_PROFILE: 'team' });
  const keys = await hundred(tokenOf(issueChainKeys(region)).token);
  assert.deepEqual(keys, { accessKeyId: 'AKPROFILE', secretAccessKey: 'secret' });
});

test('a container’s endpoint, with its authorization', async (t) => {
  await using server = await startUpstream((request, response) => {
    if (request.headers.authorization !== 'container-token') return json(response, {}, 401);
    json(response, { AccessKeyId: 'AKBOX', SecretAccessKey: 'secret', Token: 'session', Expiration: inAnHour() });
  });
  clean(t, {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://${server.host}/role`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: 'container-token',
  });
  const keys = await hundred(tokenOf(issueChainKeys(region)).token);
  assert.deepEqual(keys, { accessKeyId: 'AKBOX', secretAccessKey: 'secret', sessionToken: 'session' });
  assert.equal(server.requests.length, 1);
});

test('the instance metadata service, version 2', async (t) => {
  await using server = await startUpstream((request, response) => {
    if (request.method === 'PUT' && request.url === '/latest/api/token') {
      response.writeHead(200, { 'x-aws-ec2-metadata-token-ttl-seconds': '21600' }).end('imds-token');
    } else if (request.headers['x-aws-ec2-metadata-token'] !== 'imds-token') {
      response.writeHead(401).end();
    } else if (request.url === '/latest/meta-data/iam/security-credentials/') {
      response.end('machine-role');
    } else {
      json(response, {
        Code: 'Success',
        AccessKeyId: 'AKMACHINE',
        SecretAccessKey: 'secret',
        Token: 'session',
        Expiration: inAnHour(),
      });
    }
  });
  clean(t, { AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://${server.host}`, AWS_EC2_METADATA_DISABLED: 'false' });
  const keys = await hundred(tokenOf(issueChainKeys(region)).token);
  assert.deepEqual(keys, { accessKeyId: 'AKMACHINE', secretAccessKey: 'secret', sessionToken: 'session' });
  assert.deepEqual(
    server.requests.map(({ method, url }) => `${method} ${url}`),
    [
      'PUT /latest/api/token',
      'GET /latest/meta-data/iam/security-credentials/',
      'GET /latest/meta-data/iam/security-credentials/machine-role',
    ],
  );
});

test('a web identity, as Kubernetes service accounts have it', async (t) => {
  await using server = await startUpstream((_request, response) =>
    response.end(stsAnswer('AssumeRoleWithWebIdentity', 'AKWEB')),
  );
  clean(t, {
    AWS_WEB_IDENTITY_TOKEN_FILE: tempFile(t, 'token', 'service-account-jwt'),
    AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/pod',
    AWS_ENDPOINT_URL_STS: `http://${server.host}`,
  });
  const keys = await hundred(tokenOf(issueChainKeys(region)).token);
  assert.deepEqual(keys, { accessKeyId: 'AKWEB', secretAccessKey: 'role/secret+key=', sessionToken: 'role-session==' });
  assert.equal(server.requests.length, 1);
  const form = formOf(server.requests[0]);
  assert.equal(form.get('Action'), 'AssumeRoleWithWebIdentity');
  assert.equal(form.get('WebIdentityToken'), 'service-account-jwt');
});

test('a profile that assumes a role', async (t) => {
  await using server = await startUpstream((_request, response) => response.end(stsAnswer('AssumeRole', 'AKROLE')));
  const config = `[profile team]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\nregion = us-east-1
[profile base]\naws_access_key_id = AKBASE\naws_secret_access_key = secret\n`;
  clean(t, {
    AWS_CONFIG_FILE: tempFile(t, 'config', config),
    AWS_PROFILE: 'team',
    AWS_ENDPOINT_URL_STS: `http://${server.host}`,
  });
  assert.equal((await hundred(tokenOf(issueChainKeys(region)).token)).accessKeyId, 'AKROLE');
  assert.equal(server.requests.length, 1);
});

test('no credentials anywhere: the log says so', async (t) => {
  clean(t, {});
  const { token, lines } = tokenOf(issueChainKeys(region));
  await assert.rejects(hundred(token), { reason: 'credentialsFailed' });
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /Could not load credentials from any providers/);
});

const base = { accessKeyId: 'AKBASE', secretAccessKey: 'base-secret', sessionToken: 'base-session' };
const role = {
  roleArn: 'arn:aws:iam::123456789012:role/r',
  sessionName: 'gateway',
  tags: [{ key: 'team', value: 'a b' }],
};

test('a role is assumed with a signed request, its name and its tags', async () => {
  await using server = await startUpstream((_request, response) => response.end(stsAnswer('AssumeRole', 'AKROLE')));
  const env = { AWS_ENDPOINT_URL_STS: `http://${server.host}` };
  const source = tokenOf(async () => ({ value: base, expiresMs: Infinity })).token;
  const { token } = tokenOf(issueRoleKeys(role, region, source, { ...ports, env }));
  const keys = await hundred(token);
  assert.deepEqual(keys, {
    accessKeyId: 'AKROLE',
    secretAccessKey: 'role/secret+key=',
    sessionToken: 'role-session==',
  });
  assert.equal(server.requests.length, 1);
  const [request] = server.requests;
  assert.deepEqual(Object.fromEntries(formOf(request)), {
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: role.roleArn,
    RoleSessionName: 'gateway',
    'Tags.member.1.Key': 'team',
    'Tags.member.1.Value': 'a b',
  });
  assert.ok(request !== undefined && (await verifies(request, base, region, 'sts')));
});

test('a role that may not be assumed: the log says what STS says', async () => {
  await using server = await startUpstream((_request, response) => {
    response
      .writeHead(403)
      .end('<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>');
  });
  const env = { AWS_ENDPOINT_URL_STS: `http://${server.host}` };
  const source = tokenOf(async () => ({ value: base, expiresMs: Infinity })).token;
  const { token, lines } = tokenOf(issueRoleKeys(role, region, source, { ...ports, env }));
  await assert.rejects(hundred(token), { reason: 'credentialsFailed' });
  assert.equal(server.requests.length, 1);
  assert.match(lines[0] ?? '', /answered 403: AccessDenied: not you/);
  assert.doesNotMatch(lines.join(), /secret|session=/);
});

function formOf(request: SeenRequest | undefined): URLSearchParams {
  return new URLSearchParams(request?.body.toString());
}

test('sessions of a role whose name and tags are computed: one for each value, signed with its own keys', async (t) => {
  await using sts = await startUpstream((request, response) =>
    response.end(stsAnswer('AssumeRole', `AK${(formOf(request).get('RoleSessionName') ?? '').toUpperCase()}`)),
  );
  await using upstream = await startUpstream();
  clean(t, {
    AWS_ACCESS_KEY_ID: 'AKBASE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL_STS: `http://${sts.host}`,
  });
  const auth = `{ aws: { region: ${region}, assumeRole: { roleArn: "arn:aws:iam::1:role/r",
    sessionName: { expression: 'request.headers["x-user"]' },
    tags: [{ key: path, expression: request.path }, { key: team, value: a }] } } }`;
  await using gateway = await startGateway(
    oneRoute('', `{ host: "${upstream.host}", policies: { backendAuth: ${auth} } }`),
  );
  for (const user of ['alice', 'bob', 'alice']) {
    assert.equal((await send(gateway.port, { path: '/x', headers: { 'x-user': user } })).status, 200);
  }
  const ids = upstream.requests.map(({ headers }) => /Credential=(\w+)/.exec(headers.authorization ?? '')?.[1]);
  assert.deepEqual(ids, ['AKALICE', 'AKBOB', 'AKALICE']);
  assert.equal(sts.requests.length, 2);
  assert.equal(formOf(sts.requests[0]).get('Tags.member.1.Value'), '/x');
  assert.equal(formOf(sts.requests[0]).get('Tags.member.2.Value'), 'a');
  // What AWS would not take as a name, and what cannot be computed, is no request.
  assert.equal((await send(gateway.port, { headers: { 'x-user': 'a b' } })).status, 500);
  assert.equal((await send(gateway.port)).status, 500);
  assert.equal(sts.requests.length, 2);
});
