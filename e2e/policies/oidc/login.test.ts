/** Sign-in of browsers, against the npm package oidc-provider. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../../../testkit/client.ts';
import { Visitor } from '../../../testkit/openid/visitor.ts';
import { startApp } from './app.ts';

for (const phase of ['route', 'gateway'] as const) {
  test(`a browser signs in and gets to what it asked for (${phase} phase)`, async () => {
    await using app = await startApp({ phase });
    const visitor = new Visitor();
    const form = await visitor.visit(`${app.url}/docs?page=2`);
    assert.match(form.url, /\/interaction\//);
    visitor.cookies('localhost').set('theme', 'dark');
    const page = await visitor.signIn(form, 'alice');
    assert.equal(page.url, `${app.url}/docs?page=2`);
    assert.equal(page.text, 'ok');
    // The backend learns who it is, and gets no cookie of ours.
    const request = app.upstream.requests.at(-1);
    assert.equal(request?.headers['x-user'], 'alice');
    assert.equal(request?.headers['x-email'], 'alice@example.com');
    assert.equal(request?.headers.cookie, 'theme=dark');
    // The session is enough from now on, for scripts, too.
    const asked = app.provider.requests.length;
    const headers = { 'sec-fetch-mode': 'cors', accept: '*/*' };
    assert.equal((await visitor.visit(`${app.url}/api`, { headers })).text, 'ok');
    assert.equal(app.provider.requests.length, asked);
    assert.deepEqual(
      [...visitor.cookies('localhost').keys()].map((name) => name.slice(0, 7)),
      ['theme', 'waygate'],
    );
  });
}

test('what is no browser gets a 401 that says so, and no cookie', async () => {
  await using app = await startApp();
  for (const headers of [{}, { accept: 'application/json' }, { accept: 'text/html', 'sec-fetch-mode': 'cors' }]) {
    const reply = await send(app.port, { headers });
    assert.equal(reply.status, 401);
    assert.match(String(reply.headers['www-authenticate']), /^Cookie /);
    assert.equal(reply.headers['set-cookie'], undefined);
    assert.equal(reply.headers.location, undefined);
  }
  assert.equal(app.upstream.requests.length, 0);
});

test('tokens that are longer than a cookie come in several, and go with the session', async () => {
  await using app = await startApp({ provider: { padding: 6000 } });
  const visitor = new Visitor();
  const page = await visitor.signIn(await visitor.visit(app.url), 'alice');
  assert.equal(page.text, 'ok');
  const cookies = visitor.cookies('localhost');
  assert.equal(cookies.size, 4);
  for (const [name, value] of cookies) assert.ok(name.length + value.length < 4000);
  await visitor.visit(`${app.url}/logout`, {}, () => true);
  assert.equal(cookies.size, 0);
});

test('tokens that are too long are refused, and the page says why', async () => {
  await using app = await startApp({ provider: { padding: 30_000 } });
  const visitor = new Visitor();
  const page = await visitor.signIn(await visitor.visit(app.url), 'alice');
  assert.equal(page.status, 401);
  assert.match(page.text, /longer than 16384 characters/);
});

test('several tabs sign in at once, in any order; sign-ins that are given up do not pile up', async () => {
  await using app = await startApp();
  const visitor = new Visitor();
  const first = await visitor.step(`${app.url}/first`);
  const second = await visitor.step(`${app.url}/second`);
  assert.equal(visitor.cookies('localhost').size, 2);
  const form = await visitor.visit(second.headers.location ?? '');
  assert.equal((await visitor.signIn(form, 'alice')).url, `${app.url}/second`);
  assert.equal((await visitor.visit(first.headers.location ?? '')).url, `${app.url}/first`);
  assert.equal(visitor.cookies('localhost').size, 1);
  const idle = new Visitor();
  for (let i = 0; i < 20; i++) await idle.step(`${app.url}/${i}`);
  assert.equal(idle.cookies('localhost').size, 6);
});

test('without discovery, a configuration that names endpoints and keys asks for nothing else', async () => {
  await using helper = await startApp();
  const { issuer } = helper.provider;
  await using app = await startApp({
    provider: { secretMethod: 'client_secret_post' },
  });
  const own = app.provider.issuer;
  assert.notEqual(own, issuer);
  await app.gateway.reload({
    yaml: `
binds:
- port: ${app.port}
  listeners:
  - routes:
    - policies:
        oidc:
          issuer: ${own}
          authorizationEndpoint: ${own}/auth
          tokenEndpoint: ${own}/token
          tokenEndpointAuth: clientSecretPost
          jwks: { url: "${own}/jwks" }
          clientId: waygate
          clientSecret: the secret of the client
          redirectURI: ${app.url}/oauth/callback
      backends:
      - host: ${app.upstream.host}
`,
  });
  const visitor = new Visitor();
  const page = await visitor.signIn(await visitor.visit(app.url), 'bob');
  assert.equal(page.text, 'ok');
  assert.equal(app.provider.count('/.well-known'), 0);
});

test('while the provider cannot be asked, nobody gets in and the answer says so; later they do', async () => {
  await using app = await startApp();
  app.provider.fail(500);
  const visitor = new Visitor();
  const page = await visitor.visit(app.url);
  assert.equal(page.status, 503);
  assert.match(page.text, /authenticationUnavailable/);
  assert.equal(page.headers['retry-after'], '1');
  assert.ok(app.gateway.diagnostics.some((line) => line.includes('Metadata of') && line.includes('500')));
  app.provider.fail(null);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  assert.match((await visitor.visit(app.url)).url, /\/interaction\//);
});

test('no log line has a code, a token or the client’s secret', async () => {
  await using app = await startApp();
  const visitor = new Visitor();
  await visitor.signIn(await visitor.visit(app.url), 'alice');
  const logs = (await app.gateway.rawLog()) + app.gateway.diagnostics.join('\n');
  const callback = visitor.trail.find((url) => url.includes('code='));
  const code = new URL(callback ?? '').searchParams.get('code') ?? '';
  assert.ok(code.length > 20);
  for (const secret of [code, 'the secret of the client', 'eyJ']) assert.ok(!logs.includes(secret), secret);
  assert.match(logs, /\/oauth\/callback"/);
});
