/** Google tokens against loopback stand-ins; each is asked once for a hundred requests. */
import assert from 'node:assert/strict';
import { createVerify, generateKeyPairSync } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { Logger } from '../../src/base/logger.ts';
import { webFetch } from '../../src/base/web-fetch.ts';
import { issueGoogleToken } from '../../src/gateway/credentials/google/google-token.ts';
import type { CredentialPorts } from '../../src/gateway/credentials/ports.ts';
import type { GcpAuthSpec } from '../../src/model/policy.ts';
import { startUpstream, type Upstream } from '../../testkit/upstream.ts';
import { hundred, inAnHour, json, setEnv, tempFile, tokenOf } from './bench.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const serviceAccount = JSON.stringify({
  type: 'service_account',
  client_email: 'gateway@project.iam.gserviceaccount.com',
  private_key_id: 'key-1',
  private_key: privateKey,
  token_uri: 'https://oauth2.googleapis.com/token',
});
const audience = 'https://service.run.app';
const accessToken: GcpAuthSpec = { kind: 'gcp', type: 'accessToken' };
const idToken: GcpAuthSpec = { kind: 'gcp', type: 'idToken' };

/** Google's own addresses, which its library does not take from the file, at the stand-in. */
function portsAt(google: Upstream): CredentialPorts {
  const here = (url: string): string => {
    const { host, pathname, search } = new URL(url);
    return host === google.host ? url : `http://${google.host}/${host}${pathname}${search}`;
  };
  return { log: new Logger(() => undefined), env: process.env, fetch: (url, init) => webFetch(here(url), init) };
}

/** No credentials anywhere but where the test puts them. */
function clean(t: TestContext, variables: Readonly<Record<string, string>>): void {
  setEnv(t, {
    GOOGLE_APPLICATION_CREDENTIALS: undefined,
    GOOGLE_CLOUD_PROJECT: undefined,
    GOOGLE_CLOUD_QUOTA_PROJECT: undefined,
    GCE_METADATA_HOST: undefined,
    CLOUDSDK_CONFIG: '/nonexistent',
    HOME: '/nonexistent',
    ...variables,
  });
}

/** A JWT that says when it ends; nobody here checks its signature. */
function jwt(claims: unknown): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.x`;
}

const nextHour = Math.floor(Date.now() / 1000) + 3600;

test('a service account’s access token, for a JWT that it signs', async (t) => {
  clean(t, {});
  await using google = await startUpstream((_request, response) =>
    json(response, { access_token: 'google-token', expires_in: 3599, token_type: 'Bearer' }),
  );
  const spec = { ...accessToken, credential: serviceAccount };
  const { token } = tokenOf(issueGoogleToken(spec, audience, portsAt(google)));
  assert.deepEqual(await hundred(token), { token: 'google-token' });
  assert.equal(google.requests.length, 1);
  assert.equal(google.requests[0]?.url, '/oauth2.googleapis.com/token');
  const assertion = new URLSearchParams(google.requests[0]?.body.toString()).get('assertion') ?? '';
  const [head = '', claims = '', signature = ''] = assertion.split('.');
  assert.ok(createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(publicKey, signature, 'base64url'));
  const { iss, scope } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>;
  assert.equal(iss, 'gateway@project.iam.gserviceaccount.com');
  assert.equal(scope, 'https://www.googleapis.com/auth/cloud-platform');
});

test('a service account’s identity token, until the end that it names', async (t) => {
  clean(t, {});
  const issued = jwt({ aud: audience, exp: nextHour });
  await using google = await startUpstream((_request, response) => json(response, { id_token: issued }));
  const spec = { ...idToken, credential: serviceAccount };
  const issue = issueGoogleToken(spec, audience, portsAt(google));
  assert.deepEqual(await hundred(tokenOf(issue).token), { token: issued });
  assert.equal(google.requests.length, 1);
  assert.equal((await issue(new AbortController().signal)).expiresMs, nextHour * 1000);
  const assertion = new URLSearchParams(google.requests[0]?.body.toString()).get('assertion') ?? '';
  const claims = JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >;
  assert.equal(claims['target_audience'], audience);
});

test('what gcloud left for a developer, with the project that pays', async (t) => {
  const user = {
    type: 'authorized_user',
    client_id: 'client',
    client_secret: 'hush',
    refresh_token: 'refresh',
    quota_project_id: 'payer',
  };
  clean(t, { GOOGLE_APPLICATION_CREDENTIALS: tempFile(t, 'adc.json', JSON.stringify(user)) });
  await using google = await startUpstream((_request, response) =>
    json(response, { access_token: 'user-token', expires_in: 3599 }),
  );
  const { token } = tokenOf(issueGoogleToken(accessToken, audience, portsAt(google)));
  assert.deepEqual(await hundred(token), { token: 'user-token', fields: { 'x-goog-user-project': 'payer' } });
  assert.equal(google.requests.length, 1);
});

test('a workload identity of another cloud: its token is exchanged, and a service account’s taken for it', async (t) => {
  clean(t, {});
  await using google = await startUpstream((request, response) => {
    if (request.url === '/v1/token') {
      json(response, { access_token: 'federated', expires_in: 3599, token_type: 'Bearer', issued_token_type: 'a' });
    } else {
      json(response, { accessToken: 'impersonated', expireTime: inAnHour() });
    }
  });
  const external = {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/k8s',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `http://${google.host}/v1/token`,
    service_account_impersonation_url:
      'https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a@b.iam.gserviceaccount.com:generateAccessToken',
    credential_source: { file: tempFile(t, 'token', 'pod-jwt') },
  };
  const spec = { ...accessToken, credential: JSON.stringify(external) };
  const { token } = tokenOf(issueGoogleToken(spec, audience, portsAt(google)));
  assert.deepEqual(await hundred(token), { token: 'impersonated' });
  assert.equal(google.requests.length, 2);
  assert.equal(new URLSearchParams(google.requests[0]?.body.toString()).get('subject_token'), 'pod-jwt');
  assert.equal(google.requests[1]?.headers.authorization, 'Bearer federated');
});

test('a service account that a developer may act as: both kinds of token', async (t) => {
  clean(t, {});
  const issued = jwt({ aud: audience, exp: nextHour });
  await using google = await startUpstream((request, response) => {
    if (request.url === '/oauth2.googleapis.com/token') json(response, { access_token: 'own', expires_in: 3599 });
    else if (request.url.endsWith(':generateIdToken')) json(response, { token: issued });
    else json(response, { accessToken: 'impersonated', expireTime: inAnHour() });
  });
  const account = 'iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a@b.iam.gserviceaccount.com';
  const credential = JSON.stringify({
    type: 'impersonated_service_account',
    service_account_impersonation_url: `https://${account}:generateAccessToken`,
    source_credentials: { type: 'authorized_user', client_id: 'a', client_secret: 'b', refresh_token: 'c' },
    delegates: ['d'],
  });
  const ports = portsAt(google);
  const access = tokenOf(issueGoogleToken({ ...accessToken, credential }, audience, ports)).token;
  assert.deepEqual(await hundred(access), { token: 'impersonated' });
  const id = tokenOf(issueGoogleToken({ ...idToken, credential }, audience, ports)).token;
  assert.deepEqual(await hundred(id), { token: issued });
  const [, first, , second] = google.requests;
  assert.equal(google.requests.length, 4);
  assert.equal(first?.url, `/${account}:generateAccessToken`);
  assert.equal(first?.headers.authorization, 'Bearer own');
  assert.deepEqual(JSON.parse(first?.body.toString() ?? ''), {
    scope: ['https://www.googleapis.com/auth/cloud-platform'],
    delegates: ['d'],
  });
  assert.deepEqual(JSON.parse(second?.body.toString() ?? ''), { audience, includeEmail: true, delegates: ['d'] });
});

test('the metadata server: an access token and an identity token', async (t) => {
  const issued = jwt({ aud: audience, exp: nextHour });
  await using server = await startUpstream((request, response) => {
    response.setHeader('metadata-flavor', 'Google');
    if (request.headers['metadata-flavor'] !== 'Google') response.writeHead(403).end();
    else if (request.url.includes('/token?') || request.url.endsWith('/token')) {
      json(response, { access_token: 'metadata-token', expires_in: 3599, token_type: 'Bearer' });
    } else if (request.url.includes('/identity?')) response.end(issued);
    else response.end('{}');
  });
  clean(t, { GCE_METADATA_HOST: server.host });
  const ports = portsAt(server);
  assert.deepEqual(await hundred(tokenOf(issueGoogleToken(accessToken, audience, ports)).token), {
    token: 'metadata-token',
  });
  assert.deepEqual(await hundred(tokenOf(issueGoogleToken(idToken, audience, ports)).token), { token: issued });
  const asked = server.requests.map(({ url }) => url).filter((url) => /\/(token|identity)\b/.test(url));
  assert.equal(asked.length, 2);
  assert.match(asked[0] ?? '', /^\/computeMetadata\/v1\/instance\/service-accounts\/default\/token/);
  assert.match(asked[1] ?? '', /audience=https:\/\/service\.run\.app/);
});

test('an account of another cloud cannot mint identity tokens: the log says so', async (t) => {
  clean(t, {});
  await using google = await startUpstream();
  const external = {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/k8s',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: 'https://sts.googleapis.com/v1/token',
    credential_source: { file: '/nonexistent' },
  };
  const { token, lines } = tokenOf(
    issueGoogleToken({ ...idToken, credential: JSON.stringify(external) }, audience, portsAt(google)),
  );
  await assert.rejects(hundred(token), { reason: 'credentialsFailed' });
  assert.match(lines[0] ?? '', /ID token/);
});

test('a refusal: the log says what Google says, and not the key', async (t) => {
  clean(t, {});
  await using google = await startUpstream((_request, response) =>
    json(response, { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' }, 400),
  );
  const spec = { ...accessToken, credential: serviceAccount };
  const { token, lines } = tokenOf(issueGoogleToken(spec, audience, portsAt(google)));
  await assert.rejects(hundred(token), { reason: 'credentialsFailed' });
  assert.match(lines[0] ?? '', /invalid_grant/);
  assert.doesNotMatch(lines.join(), /PRIVATE KEY|assertion/);
});

test('no credentials anywhere: the log says so', async (t) => {
  await using google = await startUpstream((_request, response) => response.writeHead(404).end());
  clean(t, { METADATA_SERVER_DETECTION: 'none' });
  const { token, lines } = tokenOf(issueGoogleToken(accessToken, audience, portsAt(google)));
  await assert.rejects(hundred(token), { reason: 'credentialsFailed' });
  assert.match(lines[0] ?? '', /no Google credentials: set GOOGLE_APPLICATION_CREDENTIALS/);
});
