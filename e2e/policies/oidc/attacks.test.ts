/** What attackers try at a sign-in. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../../../testkit/client.ts';
import { freePorts } from '../../../testkit/free-ports.ts';
import { startForger, type Forger, type Forgery } from '../../../testkit/openid/forger.ts';
import { Visitor, type Page } from '../../../testkit/openid/visitor.ts';
import { firstCookie, startApp, startFront, type Front } from './app.ts';

/** The session cookie of a visitor. */
function session(visitor: Visitor): [name: string, value: string] {
  const found = [...visitor.cookies('localhost')].find(([name]) => /^waygate-[\w-]{8}$/.test(name));
  assert.ok(found, 'there is no session');
  return found;
}

function assertRefused(page: Page, why: RegExp): void {
  assert.equal(page.status, 401);
  assert.match(page.text, why);
  const cookies = page.headers['set-cookie'] ?? [];
  assert.ok(
    cookies.every((line) => line.includes('Max-Age=0')),
    'a refused sign-in gives nothing',
  );
}

async function signedIn(url: string, login: string): Promise<Visitor> {
  const visitor = new Visitor();
  assert.equal((await visitor.signIn(await visitor.visit(url), login)).text, 'ok');
  return visitor;
}

test('a state is good once, in the browser that began; a code is good once, whoever has it', async () => {
  await using app = await startApp();
  const visitor = new Visitor();
  const isCallback = (url: string): boolean => url.includes('/oauth/callback');
  const last = await visitor.signIn(await visitor.visit(app.url), 'alice', isCallback);
  const callback = last.headers.location ?? '';
  assert.ok(isCallback(callback));
  const before = new Map(visitor.cookies('localhost'));
  // Login CSRF: the victim is sent to the attacker's callback, to act in the attacker's name.
  assertRefused(await new Visitor().step(callback), /this browser has not begun this sign-in/);
  assert.equal((await visitor.visit(callback)).text, 'ok');
  assertRefused(await visitor.step(callback), /this browser has not begun this sign-in/);
  // Who kept the cookie of the sign-in still has no second use of the code.
  const thief = new Visitor();
  for (const [name, value] of before) thief.cookies('localhost').set(name, value);
  assertRefused(await thief.step(callback), /the provider does not take the code \(invalid_grant\)/);
});

test('the state of another sign-in of the same browser does not fit', async () => {
  await using app = await startApp();
  const visitor = new Visitor();
  await visitor.step(`${app.url}/one`);
  await visitor.step(`${app.url}/two`);
  const jar = visitor.cookies('localhost');
  const [first = '', second = ''] = jar.keys();
  const [one = '', two = ''] = jar.values();
  // What one state sealed stands under the name of the other.
  jar.set(first, two);
  jar.set(second, one);
  const state = first.slice(first.indexOf('-login-') + '-login-'.length);
  assertRefused(await visitor.step(`${app.url}/oauth/callback?code=x&state=${state}`), /has not begun/);
});

test('parameters of the callback that are there twice, or malformed, begin nothing', async () => {
  await using app = await startApp();
  for (const query of ['?code=a&state=b', '?code=a&state=x&state=y', `?state=${'a'.repeat(22)}`, '?code=a', '']) {
    const page = await new Visitor().step(`${app.url}/oauth/callback${query}`);
    // Like any other page: the way to sign in, and after it to the start page.
    assert.equal(page.status, 302, query);
    assert.ok(page.headers.location?.startsWith(app.provider.issuer));
  }
  assert.equal(app.provider.count('/token'), 0);
});

test('session fixation: what a browser had before signing in is worth nothing after it', async () => {
  await using app = await startApp();
  const attacker = await signedIn(app.url, 'mallory');
  const [name, planted] = session(attacker);
  const victim = new Visitor();
  const form = await victim.visit(`${app.url}/inbox`);
  victim.cookies('localhost').set(name, planted);
  const page = await victim.signIn(form, 'alice');
  assert.equal(page.text, 'ok');
  assert.equal(app.upstream.requests.at(-1)?.headers['x-user'], 'alice');
  assert.notEqual(session(victim)[1], planted);
});

test('open redirects: whatever was asked for, the way back leads to this origin', async () => {
  await using app = await startApp();
  for (const path of ['//evil.example/x', '/\\evil.example', '/%2F%2Fevil.example', '/?next=https://evil.example']) {
    const visitor = new Visitor();
    const isBack = (url: string): boolean => url.includes('/oauth/callback');
    const form = await visitor.visit(`${app.url}/`);
    // A URL object would tidy it up; the request line says it as it is.
    const page = path.startsWith('//') || path.includes('\\') ? await begin(app, visitor, path) : form;
    const last = await visitor.signIn(page, 'alice', isBack);
    const { headers } = await visitor.step(last.headers.location ?? '');
    assert.equal(new URL(headers.location ?? '').origin, app.url, path);
    assert.ok(headers.location?.startsWith(`${app.url}/`));
  }
});

/** Begins a sign-in at a path as it is written. */
async function begin(app: Front, visitor: Visitor, path: string): Promise<Page> {
  const page = await visitor.raw(app.port, path);
  return await visitor.visit(page.headers.location ?? '');
}

test('a changed, cut, swapped or foreign cookie is no session', async () => {
  await using app = await startApp();
  await using other = await startApp({ oidc: ['scopes: []'].slice(1) });
  const visitor = await signedIn(app.url, 'alice');
  const [name, value] = session(visitor);
  const isSession = async (candidate: string, cookie = name, target: Front = app): Promise<boolean> => {
    const stranger = new Visitor();
    stranger.cookies('localhost').set(cookie, candidate);
    return (await stranger.step(target.url)).status === 200;
  };
  assert.equal(await isSession(value), true);
  for (let i = 0; i < value.length; i += Math.ceil(value.length / 40)) {
    const flipped = value[i] === 'A' ? 'B' : 'A';
    assert.equal(await isSession(value.slice(0, i) + flipped + value.slice(i + 1)), false, `character ${i}`);
  }
  const bad = [value.slice(0, -1), value.slice(1), `${value}A`, `${value}=`, '', 'x', '2.abc', 'null', '{}'];
  for (const candidate of bad) assert.equal(await isSession(candidate), false, candidate);
  // What a sign-in under way keeps is sealed with the same key, but is no session.
  const idle = new Visitor();
  await idle.step(app.url);
  const [, login] = firstCookie(idle);
  assert.equal(await isSession(login), false);
  // Another policy, of another provider, has the same key as well.
  const elsewhere = await signedIn(other.url, 'alice');
  const [otherName, otherValue] = session(elsewhere);
  assert.notEqual(otherName, name);
  assert.equal(await isSession(otherValue), false);
  assert.equal(await isSession(value, otherName, other), false);
});

test('a session whose ID token has ended, and that cannot be renewed, has ended', async () => {
  await using app = await startApp({
    provider: { idTokenSeconds: 1, settings: { issueRefreshToken: () => false } },
  });
  const visitor = await signedIn(app.url, 'alice').catch(() => null);
  if (visitor === null) return; // a slow machine: it had ended on the way
  const [name, value] = session(visitor);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  // A browser drops the cookie by itself; who keeps it gains nothing.
  visitor.cookies('localhost').set(name, value);
  assert.equal((await visitor.step(app.url)).status, 302);
  const headers = { 'sec-fetch-mode': 'cors' };
  assert.equal((await visitor.step(app.url, { headers })).status, 401);
});

/** A sign-in at a forger, up to the answer of the callback. */
async function signInAt(
  app: Front,
  forger: Forger,
  forgery: Forgery,
  parameters: Readonly<Record<string, string | null>> = {},
): Promise<Page> {
  const visitor = new Visitor();
  const started = await visitor.step(app.url);
  forger.forge(forgery);
  return await visitor.step(forger.callback(started.headers.location ?? '', parameters));
}

test('an ID token must be signed by the provider, for this client, this request and now', async () => {
  await using forger = await startForger();
  const [port = 0] = await freePorts(1);
  await using app = await startFront(port, forger.issuer);
  assert.equal((await signInAt(app, forger, {})).status, 302);
  const now = Math.floor(Date.now() / 1000);
  const forgeries: readonly (readonly [Forgery, RegExp])[] = [
    [{ claims: { nonce: 'of another request' } }, /nonce/],
    [{ claims: { nonce: undefined } }, /nonce/],
    [{ claims: { aud: 'another client' } }, /audience/],
    [{ claims: { aud: ['waygate', 'another'] } }, /azp/],
    [{ claims: { aud: ['waygate', 'another'], azp: 'another' } }, /azp/],
    [{ claims: { iss: 'https://another.example' } }, /issuer/],
    [{ claims: { exp: now - 120 } }, /expired/],
    [{ claims: { nbf: now + 600 } }, /not valid yet/],
    [{ claims: { sub: undefined } }, /sub/],
    [{ claims: { exp: undefined } }, /exp/],
    [{ signature: 'none' }, /JWT|alg/],
    [{ signature: 'public' }, /alg/],
    [{ signature: 'other' }, /signature/],
    [{ signature: 'other', header: { kid: 'unknown' } }, /key/],
    [{ header: { crit: ['exp'] } }, /crit/],
  ];
  for (const [forgery, why] of forgeries) assertRefused(await signInAt(app, forger, forgery), why);
  const good = { claims: { aud: ['waygate', 'another'], azp: 'waygate' } };
  assert.equal((await signInAt(app, forger, good)).status, 302);
});

test('mix-up: the answer of another provider gets to no token endpoint', async () => {
  for (const sendsIssuer of [false, true]) {
    await using forger = await startForger(sendsIssuer);
    const [port = 0] = await freePorts(1);
    await using app = await startFront(port, forger.issuer);
    const tokens = (): number => forger.server.requests.filter(({ url }) => url === '/token').length;
    assertRefused(await signInAt(app, forger, {}, { iss: 'https://evil.example' }), /another provider/);
    assert.equal(tokens(), 0);
    // One that says it sends iss must (RFC 9207 section 2.4).
    const without = await signInAt(app, forger, {}, { iss: null });
    if (sendsIssuer) assertRefused(without, /another provider/);
    else assert.equal(without.status, 302);
    assert.equal((await signInAt(app, forger, {}, { iss: forger.issuer })).status, 302);
  }
});

test('what a provider says of a failure is shown as a word, whatever it holds', async () => {
  await using forger = await startForger();
  const [port = 0] = await freePorts(1);
  await using app = await startFront(port, forger.issuer);
  const denied = await signInAt(app, forger, {}, { code: null, error: 'access_denied', error_description: '<b>x' });
  assertRefused(denied, /the provider says access_denied/);
  assert.ok(!denied.text.includes('<b>'));
  assertRefused(await signInAt(app, forger, {}, { code: null, error: '<script>' }), /the provider says no/);
});

test('metadata of another issuer is not taken', async () => {
  await using forger = await startForger();
  const [port = 0] = await freePorts(1);
  await using app = await startFront(port, 'https://real.example', {
    oidc: [`discovery: { url: "${forger.issuer}/.well-known/openid-configuration" }`],
  });
  assert.equal((await new Visitor().step(app.url)).status, 503);
  assert.ok(app.gateway.diagnostics.some((line) => line.includes('its issuer is')));
});

test('however many cookies of sign-ins someone sends, few are looked at and taken away', async () => {
  await using app = await startApp();
  const visitor = new Visitor();
  await visitor.step(`${app.url}/`);
  const [name] = firstCookie(visitor);
  const prefix = name.slice(0, name.indexOf('-login-') + '-login-'.length);
  const cookie = Array.from({ length: 1500 }, (_, i) => `${prefix}${i}=`).join('; ');
  const { status, headers } = await send(app.port, { headers: { accept: 'text/html', cookie } });
  assert.equal(status, 302);
  const gone = (headers['set-cookie'] ?? []).filter((line) => line.includes('Max-Age=0'));
  assert.equal(gone.length, 19);
});

test('a browser that begins again and again has six sign-ins at most, the last ones', async () => {
  await using app = await startApp();
  const visitor = new Visitor();
  const begun: string[] = [];
  for (let i = 0; i < 9; i++) {
    await visitor.step(`${app.url}/${i}`);
    begun.push([...visitor.cookies('localhost').keys()].at(-1) ?? '');
  }
  assert.deepEqual([...visitor.cookies('localhost').keys()].toSorted(), begun.slice(-6).toSorted());
});
