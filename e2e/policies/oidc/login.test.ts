/** Sign-in of browsers, against the npm package oidc-provider. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../../../testkit/client.ts';
import { Visitor } from '../../../testkit/openid/visitor.ts';
import { startApp } from './app.ts';

test('a browser signs in and gets to what it asked for; the backend learns who it is and gets no cookie', async () => {
  await using app = await startApp({});
  const visitor = new Visitor();
  const form = await visitor.visit(`${app.url}/docs?page=2`);
  assert.match(form.url, /\/interaction\//);
  const page = await visitor.signIn(form, 'alice');
  assert.equal(page.url, `${app.url}/docs?page=2`);
  assert.equal(page.text, 'ok');
  const request = app.upstream.requests.at(-1);
  assert.equal(request?.headers['x-user'], 'alice');
  assert.equal(request?.headers.cookie, undefined);
  // Its session is enough from now on.
  const asked = app.provider.requests.length;
  assert.equal((await visitor.visit(`${app.url}/more`)).text, 'ok');
  assert.equal(app.provider.requests.length, asked);
});

test('what is no browser gets a 401 that says so, and no cookie', async () => {
  await using app = await startApp({});
  for (const headers of [{}, { accept: 'application/json' }, { accept: 'text/html', 'sec-fetch-mode': 'cors' }]) {
    const reply = await send(app.port, { headers });
    assert.equal(reply.status, 401);
    assert.match(String(reply.headers['www-authenticate']), /^Cookie /);
    assert.equal(reply.headers['set-cookie'], undefined);
    assert.equal(reply.headers.location, undefined);
  }
  assert.equal(app.upstream.requests.length, 0);
});
