import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyRing, keyRingMemory } from '../../../mcp/session/key-ring.ts';
import type { OidcSpec } from '../../../model/policies/oidc.ts';
import { explicitMetadata, isExplicit, readMetadata, wellKnown } from './metadata.ts';
import { oidcSettings } from './settings.ts';

const spec: OidcSpec = {
  issuer: 'https://idp.test',
  clientId: 'c',
  clientSecret: 's',
  redirectUri: 'https://app.test/back',
  scopes: ['openid'],
  sessionTtlMs: 1000,
};
const document = {
  issuer: 'https://idp.test',
  authorization_endpoint: 'https://idp.test/auth',
  token_endpoint: 'https://idp.test/token',
  jwks_uri: 'https://idp.test/jwks',
};

test('the configuration’s endpoints count instead of the document’s', () => {
  const text = JSON.stringify({ ...document, end_session_endpoint: 'https://idp.test/end' });
  const own = { ...spec, tokenEndpoint: 'https://other.test/token', jwks: { kind: 'text', text: '{}' } } as const;
  const metadata = readMetadata(text, own);
  assert.equal(metadata.authorizationEndpoint, 'https://idp.test/auth');
  assert.equal(metadata.tokenEndpoint, 'https://other.test/token');
  assert.equal(metadata.endSessionEndpoint, 'https://idp.test/end');
  assert.equal(metadata.jwksUri, null);
});

test('with endpoints and keys no document is needed', () => {
  const explicit: OidcSpec = {
    ...spec,
    authorizationEndpoint: 'https://a.test/',
    tokenEndpoint: 'https://b.test/',
    jwks: { kind: 'url', url: 'https://c.test/' },
  };
  assert.ok(isExplicit(explicit));
  assert.equal(isExplicit(spec), false);
  assert.equal(explicitMetadata(explicit).jwksUri, 'https://c.test/');
});

test('the secret is sent as the metadata has it, and basically where it has both', () => {
  const methods = (supported: unknown): string =>
    readMetadata(JSON.stringify({ ...document, token_endpoint_auth_methods_supported: supported }), spec).secretMethod;
  assert.equal(methods(undefined), 'basic');
  assert.equal(methods(['client_secret_post']), 'post');
  assert.equal(methods(['client_secret_post', 'client_secret_basic']), 'basic');
});

test('a document of another issuer, or with endpoints that browsers would run, is refused', () => {
  const bad: readonly (readonly [object | string, RegExp])[] = [
    ['no json', /no JSON object/],
    [{ ...document, issuer: 'https://idp.test/' }, /its issuer is/],
    [{ ...document, authorization_endpoint: 'javascript:alert(1)' }, /no http or https URL/],
    [{ ...document, token_endpoint: undefined }, /has no token_endpoint/],
    [{ ...document, jwks_uri: 1 }, /no http or https URL/],
  ];
  for (const [text, why] of bad) {
    assert.throws(() => readMetadata(typeof text === 'string' ? text : JSON.stringify(text), spec), { message: why });
  }
});

test('the well-known document is below the issuer', () => {
  assert.equal(wellKnown('https://a.test/x/'), 'https://a.test/x/.well-known/openid-configuration');
});

test('sessions of one policy mean nothing to another, and over TLS their cookies are bound to the host', () => {
  const ring = new KeyRing(keyRingMemory([new Uint8Array(32)]));
  const settings = oidcSettings(spec, ring);
  assert.match(settings.sessionCookie, /^__Host-waygate-[\w-]{8}$/);
  assert.equal(settings.callbackPath, '/back');
  const same = oidcSettings({ ...spec, scopes: ['openid', 'email'] }, ring);
  const others = [{ issuer: 'https://x.test' }, { clientId: 'd' }, { redirectUri: 'https://other.test/back' }];
  const sealed = settings.sessions.seal('session');
  assert.equal(same.sessions.open(sealed), 'session');
  for (const other of others) {
    const strange = oidcSettings({ ...spec, ...other }, ring);
    assert.notEqual(strange.sessionCookie, settings.sessionCookie);
    assert.equal(strange.sessions.open(sealed), null);
  }
  assert.equal(settings.login('state').open(sealed), null);
  assert.equal(oidcSettings({ ...spec, cookieKey: 'ab'.repeat(32) }, ring).sessions.open(sealed), null);
  assert.match(oidcSettings({ ...spec, redirectUri: 'http://localhost/back' }, ring).sessionCookie, /^waygate-/);
});
