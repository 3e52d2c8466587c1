/** A real browser (Chromium) signs in at a real provider (oidc-provider), over plain HTTP at localhost and over TLS. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBrowser, type Tab } from '../../../testkit/browser.ts';
import { certificates } from '../../../testkit/certificates.ts';
import { startApp } from '../oidc/app.ts';

/** Fills oidc-provider's form in, and agrees. */
async function signIn(tab: Tab, login: string): Promise<void> {
  await tab.submit({ 'input[name=login]': login, 'input[name=password]': 'any' }, 'button[type=submit]');
  await tab.submit({}, 'button[type=submit]');
}

test('a browser signs in, works, renews and signs out', async () => {
  await using app = await startApp({ provider: { idTokenSeconds: 4 } });
  await using browser = await startBrowser();
  app.upstream.answer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<title>app</title><p>inside</p>');
  });
  const tab = await browser.tab();
  await tab.open(`${app.url}/docs?page=2#part`);
  assert.ok((await tab.url()).startsWith(`${app.provider.issuer}/interaction/`));
  await signIn(tab, 'alice');
  await tab.reaches(`${app.url}/docs?page=2`);
  assert.equal(await tab.text(), 'inside');
  assert.equal(app.upstream.requests.at(-1)?.headers['x-user'], 'alice');

  // Scripts use the session, and do not see it.
  assert.equal(await tab.evaluate('fetch("/api").then((answer) => answer.status)'), 200);
  assert.equal(await tab.evaluate('document.cookie'), '');
  const [cookie, ...others] = (await browser.cookies()).filter(({ name }) => name.startsWith('waygate-'));
  assert.deepEqual(others, []);
  assert.equal(cookie?.httpOnly, true);
  assert.equal(cookie.sameSite, 'Lax');

  // A second tab is in at once; a tab whose session is gone gets a 401 for its scripts, and no redirect.
  const second = await browser.tab();
  await second.open(`${app.url}/second`);
  assert.equal(await second.url(), `${app.url}/second`);

  // The tokens end; the session is renewed without the user.
  await new Promise((resolve) => setTimeout(resolve, 4100));
  assert.deepEqual(
    await tab.evaluate('Promise.all([1, 2, 3].map((n) => fetch("/api/" + n).then((answer) => answer.status)))'),
    [200, 200, 200],
  );

  await second.open(`${app.url}/logout`).catch(() => undefined); // the page after it does not exist
  assert.equal((await browser.cookies()).filter(({ name }) => name.startsWith('waygate-')).length, 0);
  assert.equal(await tab.evaluate('fetch("/api").then((answer) => answer.status)'), 401);
});

test('over TLS the cookies are tied to this host and to TLS, and work', async () => {
  const { local: tls } = certificates;
  await using app = await startApp({ tls, phase: 'gateway', provider: { padding: 5000 } });
  await using browser = await startBrowser(['--ignore-certificate-errors']);
  const tab = await browser.tab();
  await tab.open(`${app.url}/docs`);
  await signIn(tab, 'bob');
  await tab.reaches(`${app.url}/docs`);
  assert.equal(await tab.text(), 'ok');
  assert.equal(app.upstream.requests.at(-1)?.headers['x-user'], 'bob');
  const cookies = (await browser.cookies()).filter(({ name }) => name.includes('waygate-'));
  assert.ok(cookies.length > 1);
  for (const { name, secure, httpOnly, path } of cookies) {
    assert.match(name, /^__Host-waygate-/);
    assert.deepEqual([secure, httpOnly, path], [true, true, '/']);
  }
});
