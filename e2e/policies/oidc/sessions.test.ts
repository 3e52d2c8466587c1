/** Sessions of browsers: renewed, ended. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Visitor } from '../../../testkit/openid/visitor.ts';
import { afterLogout, firstCookie, startApp, type App } from './app.ts';

async function signedIn(app: App, login = 'alice'): Promise<Visitor> {
  const visitor = new Visitor();
  assert.equal((await visitor.signIn(await visitor.visit(app.url), login)).text, 'ok');
  return visitor;
}

const ended = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2100));

test('tokens that have ended are renewed once, however many requests come with them', async () => {
  await using app = await startApp({ provider: { idTokenSeconds: 2, rotate: true } });
  const visitor = await signedIn(app);
  const [name, value] = firstCookie(visitor);
  await ended();
  const asked = app.provider.count('/token');
  const headers = { 'sec-fetch-mode': 'cors' };
  const replies = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const tab = new Visitor();
      tab.cookies('localhost').set(name, value);
      const page = await tab.step(app.url, { headers });
      return { page, tab };
    }),
  );
  for (const { page } of replies) assert.equal(page.status, 200);
  assert.equal(app.provider.count('/token'), asked + 1);
  assert.equal(app.upstream.requests.at(-1)?.headers['x-user'], 'alice');
  // The browser has the renewed session, which lives on by itself.
  const { tab } = replies[0] ?? assert.fail();
  assert.notEqual(tab.cookies('localhost').get(name), value);
  await ended();
  assert.equal((await tab.step(app.url, { headers })).status, 200);
});

test('a renewed session gets to the browser even when the backend fails', async () => {
  await using app = await startApp({ provider: { idTokenSeconds: 2, rotate: true } });
  const visitor = await signedIn(app);
  await ended();
  await app.upstream.close();
  const page = await visitor.step(app.url);
  assert.equal(page.status, 503);
  assert.equal(page.headers['set-cookie']?.length, 1);
});

test('a session that the provider has ended is over; while it cannot be asked, it is not', async () => {
  await using app = await startApp({ provider: { idTokenSeconds: 2 } });
  const visitor = await signedIn(app);
  await ended();
  app.provider.fail(500);
  const headers = { 'sec-fetch-mode': 'cors' };
  const unknown = await visitor.step(app.url, { headers });
  assert.equal(unknown.status, 503);
  app.provider.fail(null);
  assert.equal((await visitor.step(app.url, { headers })).status, 200);
  await ended();
  app.provider.answer('/token', { status: 400, body: { error: 'invalid_grant' } });
  assert.equal((await visitor.step(app.url, { headers })).status, 401);
  app.provider.answer('/token', null);
});

test('a session ends at its time, however often it could be renewed', async () => {
  await using app = await startApp({ oidc: ['sessionTtl: 3s'] });
  const visitor = await signedIn(app);
  const [name, value] = firstCookie(visitor);
  assert.equal((await visitor.step(app.url)).status, 200);
  await new Promise((resolve) => setTimeout(resolve, 3100));
  visitor.cookies('localhost').set(name, value);
  assert.equal((await visitor.step(app.url)).status, 302);
});

test('signing out ends the session here and at the provider, and a cookie that someone kept with it', async () => {
  await using app = await startApp();
  const visitor = await signedIn(app);
  const [name, value] = firstCookie(visitor);
  const page = await visitor.step(`${app.url}/logout`);
  assert.equal(page.status, 303);
  const target = new URL(page.headers.location ?? '');
  assert.equal(target.origin + target.pathname, `${app.provider.issuer}/session/end`);
  assert.equal(target.searchParams.get('client_id'), 'waygate');
  assert.equal(target.searchParams.get('post_logout_redirect_uri'), afterLogout);
  assert.match(target.searchParams.get('id_token_hint') ?? '', /^eyJ/);
  assert.equal(visitor.cookies('localhost').size, 0);
  assert.equal(app.provider.count('/token/revocation'), 1);
  // The provider takes the hint.
  const asks = await visitor.step(target.href);
  assert.equal(asks.status, 200);
  assert.match(asks.text, /sign-out/i);
  const thief = new Visitor();
  thief.cookies('localhost').set(name, value);
  assert.equal((await thief.step(app.url)).status, 302);
  // Without a session there is nothing to end.
  assert.equal((await new Visitor().step(`${app.url}/logout`)).headers.location, afterLogout);
});

test('no other site can sign anybody out', async () => {
  await using app = await startApp();
  const visitor = await signedIn(app);
  const crossSite = { 'sec-fetch-site': 'cross-site' };
  assert.equal((await visitor.step(`${app.url}/logout`, { headers: crossSite })).status, 403);
  const origin = { origin: 'https://evil.example' };
  assert.equal((await visitor.step(`${app.url}/logout`, { form: {}, headers: origin })).status, 403);
  assert.equal((await visitor.step(`${app.url}/logout`, { method: 'DELETE' })).status, 405);
  assert.equal((await visitor.step(app.url)).status, 200);
  assert.equal((await visitor.step(`${app.url}/logout`, { form: {}, headers: { origin: app.url } })).status, 303);
});
