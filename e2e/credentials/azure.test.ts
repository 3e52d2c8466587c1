/** Microsoft Entra tokens against loopback stand-ins; each is asked once for a hundred requests. */
import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { Logger } from '../../src/base/logger.ts';
import { webFetch } from '../../src/base/web-fetch.ts';
import { issueAzureToken } from '../../src/gateway/credentials/azure/azure-token.ts';
import type { CredentialPorts } from '../../src/gateway/credentials/ports.ts';
import { startUpstream, type Upstream } from '../../testkit/upstream.ts';
import { hundred, json, setEnv, tempFile, tokenOf } from './bench.ts';

const secret = { kind: 'clientSecret', tenantId: 'tenant', clientId: 'app', clientSecret: 'hush' } as const;

const ports = (env: Readonly<Record<string, string>>): CredentialPorts => ({
  log: new Logger(() => undefined),
  env,
  fetch: webFetch,
});

/** Entra's token endpoint. */
const startEntra = (): Promise<Upstream> =>
  startUpstream((_request, response) =>
    json(response, { access_token: 'entra-token', expires_in: 3599, token_type: 'Bearer' }),
  );

/** The metadata service of a machine, or of an app service. */
const startMachine = (): Promise<Upstream> =>
  startUpstream((_request, response) =>
    json(response, { access_token: 'machine-token', expires_on: String(Math.floor(Date.now() / 1000) + 3600) }),
  );

test('an application’s secret', async () => {
  await using entra = await startEntra();
  const { token } = tokenOf(issueAzureToken(secret, ports({ AZURE_AUTHORITY_HOST: `http://${entra.host}/` })));
  assert.deepEqual(await hundred(token), { token: 'entra-token' });
  assert.equal(entra.requests.length, 1);
  const [request] = entra.requests;
  assert.equal(`${request?.method} ${request?.url}`, 'POST /tenant/oauth2/v2.0/token');
  assert.deepEqual(Object.fromEntries(new URLSearchParams(request?.body.toString())), {
    grant_type: 'client_credentials',
    client_id: 'app',
    client_secret: 'hush',
    scope: 'https://cognitiveservices.azure.com/.default',
  });
});

test('a workload identity: the pod’s token is exchanged', async (t) => {
  await using entra = await startEntra();
  const env = {
    AZURE_AUTHORITY_HOST: `http://${entra.host}`,
    AZURE_TENANT_ID: 'tenant',
    AZURE_CLIENT_ID: 'app',
    AZURE_FEDERATED_TOKEN_FILE: tempFile(t, 'token', 'pod-jwt\n'),
  };
  const { token } = tokenOf(issueAzureToken({ kind: 'workloadIdentity' }, ports(env)));
  assert.deepEqual(await hundred(token), { token: 'entra-token' });
  assert.equal(entra.requests.length, 1);
  const form = new URLSearchParams(entra.requests[0]?.body.toString());
  assert.equal(form.get('client_assertion'), 'pod-jwt');
  assert.equal(form.get('client_assertion_type'), 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
  assert.equal(form.has('client_secret'), false);
});

test('a workload identity without its variables: the log names them', async () => {
  const { token, lines } = tokenOf(issueAzureToken({ kind: 'workloadIdentity' }, ports({})));
  await assert.rejects(hundred(token), { reason: 'credentialsFailed' });
  assert.match(lines[0] ?? '', /AZURE_FEDERATED_TOKEN_FILE/);
});

test('the identity of a virtual machine', async () => {
  await using machine = await startMachine();
  const env = { AZURE_POD_IDENTITY_AUTHORITY_HOST: `http://${machine.host}` };
  const { token } = tokenOf(issueAzureToken({ kind: 'managedIdentity' }, ports(env)));
  assert.deepEqual(await hundred(token), { token: 'machine-token' });
  assert.equal(machine.requests.length, 1);
  const [request] = machine.requests;
  assert.equal(request?.headers['metadata'], 'true');
  assert.equal(
    request?.url,
    '/metadata/identity/oauth2/token?resource=https%3A%2F%2Fcognitiveservices.azure.com&api-version=2018-02-01',
  );
});

test('a user-assigned identity, on a machine and in an app service', async () => {
  await using server = await startMachine();
  const onMachine = { AZURE_POD_IDENTITY_AUTHORITY_HOST: `http://${server.host}` };
  const inService = { IDENTITY_ENDPOINT: `http://${server.host}/msi/token`, IDENTITY_HEADER: 'header-secret' };
  for (const [env, by] of [
    [onMachine, 'clientId'],
    [onMachine, 'objectId'],
    [onMachine, 'resourceId'],
    [inService, 'clientId'],
    [inService, 'objectId'],
    [inService, 'resourceId'],
  ] as const) {
    const from = { kind: 'managedIdentity', identity: { by, id: 'i/d' } } as const;
    assert.deepEqual(await hundred(tokenOf(issueAzureToken(from, ports(env))).token), { token: 'machine-token' });
  }
  assert.deepEqual(
    server.requests.map(({ url, headers }) => [
      [...new URL(url, 'http://a').searchParams]
        .slice(1)
        .map((pair) => pair.join('='))
        .join(' '),
      headers['x-identity-header'] ?? headers['metadata'],
    ]),
    [
      ['api-version=2018-02-01 client_id=i/d', 'true'],
      ['api-version=2018-02-01 object_id=i/d', 'true'],
      ['api-version=2018-02-01 msi_res_id=i/d', 'true'],
      ['api-version=2019-08-01 client_id=i/d', 'header-secret'],
      ['api-version=2019-08-01 principal_id=i/d', 'header-secret'],
      ['api-version=2019-08-01 mi_res_id=i/d', 'header-secret'],
    ],
  );
});

test('what the environment has: a secret first, then a workload identity, then the machine’s', async (t) => {
  await using entra = await startEntra();
  await using machine = await startMachine();
  const places = {
    AZURE_AUTHORITY_HOST: `http://${entra.host}`,
    AZURE_POD_IDENTITY_AUTHORITY_HOST: `http://${machine.host}`,
  };
  const workload = {
    AZURE_TENANT_ID: 'tenant',
    AZURE_CLIENT_ID: 'app',
    AZURE_FEDERATED_TOKEN_FILE: tempFile(t, 'token', 'pod-jwt'),
  };
  const ask = async (env: Readonly<Record<string, string>>): Promise<void> => {
    await hundred(tokenOf(issueAzureToken({ kind: 'implicit' }, ports({ ...places, ...env }))).token);
  };
  await ask({ ...workload, AZURE_CLIENT_SECRET: 'hush' });
  await ask(workload);
  await ask({});
  const forms = entra.requests.map(({ body }) => new URLSearchParams(body.toString()));
  assert.deepEqual(
    forms.map((form) => form.has('client_secret')),
    [true, false],
  );
  assert.equal(machine.requests.length, 1);
});

test('a developer’s own token, by the Azure CLI', async (t) => {
  const answer = JSON.stringify({ accessToken: 'cli-token', expires_on: Math.floor(Date.now() / 1000) + 3600 });
  const program = tempFile(t, 'az', `#!/bin/sh\necho '${answer}'\n`);
  chmodSync(program, 0o755);
  setEnv(t, { PATH: dirname(program) });
  const { token } = tokenOf(issueAzureToken({ kind: 'developer' }, ports({})));
  assert.deepEqual(await hundred(token), { token: 'cli-token' });
});

test('no developer’s tool is installed: the log says so', async (t) => {
  setEnv(t, { PATH: '/nonexistent' });
  const { token, lines } = tokenOf(issueAzureToken({ kind: 'developer' }, ports({})));
  await assert.rejects(hundred(token), { reason: 'credentialsFailed' });
  assert.match(lines[0] ?? '', /az: not installed; azd: not installed/);
});

test('answers that are no tokens are failures', async () => {
  await using entra = await startEntra();
  const env = { AZURE_AUTHORITY_HOST: `http://${entra.host}` };
  const cases: readonly (readonly [body: string, problem: RegExp])[] = [
    ['{}', /has no access_token/],
    ['{"access_token":"a"}', /has no expires_in/],
    ['not json', /did not answer with a JSON object/],
    ['"text"', /did not answer with a JSON object/],
  ];
  for (const [body, problem] of cases) {
    entra.answer((_request, response) => response.end(body));
    const { token, lines } = tokenOf(issueAzureToken(secret, ports(env)));
    await assert.rejects(hundred(token), { reason: 'credentialsFailed' });
    assert.match(lines[0] ?? '', problem);
  }
});

test('a redirect is not followed: it could carry the secret elsewhere', async () => {
  await using other = await startEntra();
  await using entra = await startUpstream((_request, response) =>
    response.writeHead(307, { location: `http://${other.host}/` }).end(),
  );
  const env = { AZURE_AUTHORITY_HOST: `http://${entra.host}` };
  await assert.rejects(hundred(tokenOf(issueAzureToken(secret, ports(env))).token), { reason: 'credentialsFailed' });
  assert.equal(other.requests.length, 0);
});
