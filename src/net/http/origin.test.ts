import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AllowedOrigins, isOwnOrigin, parseOrigin } from './origin.ts';

const own = (origin: string, authority: string): boolean => {
  const parsed = parseOrigin(origin);
  return parsed !== null && isOwnOrigin(parsed, authority);
};

test('a page is of the same origin when host and port are, whoever ended TLS', () => {
  for (const [origin, authority, same] of [
    ['http://a.example', 'a.example', true],
    ['https://a.example', 'a.example', true],
    ['https://A.example', 'a.Example.', true],
    ['https://a.example', 'a.example:443', true],
    ['https://a.example:443', 'a.example', true],
    ['http://a.example:3000', 'a.example:3000', true],
    ['http://[::1]:3000', '[::1]:3000', true],
    ['http://a.example:3000', 'a.example', false],
    ['http://a.example', 'a.example:443', false],
    ['https://evil.example', 'a.example', false],
    ['https://a.example.evil', 'a.example', false],
    ['https://evil@a.example', 'a.example', false],
    ['https://a.example, https://evil.example', 'a.example', false],
    ['https://a.example/', 'a.example', false],
    ['null', 'a.example', false],
    ['', '', false],
  ] as const) {
    assert.equal(own(origin, authority), same, `${origin} at ${authority}`);
  }
});

test('allowed origins are whole, all below a name, null, or everything', () => {
  const some = new AllowedOrigins(['https://app.example:8443', 'https://*.tools.example', 'vscode-webview://*.x']);
  for (const [origin, allowed] of [
    ['https://app.example:8443', true],
    ['HTTPS://APP.example:8443', true],
    ['https://app.example', false],
    ['http://app.example:8443', false],
    ['https://a.tools.example', true],
    ['https://a.b.tools.example', true],
    ['https://tools.example', false],
    ['https://eviltools.example', false],
    ['vscode-webview://1a2b.x', true],
    ['null', false],
  ] as const) {
    assert.equal(some.has(origin), allowed, origin);
  }
  assert.equal(new AllowedOrigins(['null']).has('null'), true);
  assert.equal(new AllowedOrigins(['*']).has('https://any.example'), true);
  assert.equal(new AllowedOrigins([]).has('https://any.example'), false);
});

test('a star stands for any part of a host, whole labels or not, and never for a scheme or a port', () => {
  const some = new AllowedOrigins([
    'https://*',
    'http://*.a.example',
    'http://app-*-eu.b.example:81',
    'http://*c.example',
  ]);
  for (const [origin, allowed] of [
    ['https://any.example', true],
    ['https://any.example:8443', false],
    ['http://any.example', false],
    ['http://x.a.example', true],
    ['http://.a.example', true],
    ['http://evil-a.example', false],
    ['http://x.a.example.evil.example', false],
    ['http://app-1-eu.b.example:81', true],
    ['http://app-eu.b.example:81', false],
    ['http://app-1-eu.b.example', false],
    ['http://evilc.example', true],
    ['http://*.a.example', false],
    ['https://x@any.example', false],
    ['https://any.example/', false],
  ] as const) {
    assert.equal(some.has(origin), allowed, origin);
  }
});
