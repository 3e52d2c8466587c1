import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHost, parseListenAddress } from './address.ts';

function tcp(text: string, options: { bare?: boolean } = {}): unknown {
  const parsed = parseHost(text, options);
  if ('problem' in parsed) return parsed.problem;
  const { address, tls, path } = parsed;
  return address.kind === 'tcp' ? [address.host, address.port, tls, path] : [address.path, tls, path];
}

test('a host with its port is an upstream without TLS', () => {
  assert.deepEqual(tcp('up.test:8080'), ['up.test', 8080, false, '']);
  assert.deepEqual(tcp('10.0.0.1:80'), ['10.0.0.1', 80, false, '']);
  assert.deepEqual(tcp('[2001:db8::1]:443'), ['2001:db8::1', 443, false, '']);
});

test('a URL brings its port, its path and TLS', () => {
  assert.deepEqual(tcp('http://up.test'), ['up.test', 80, false, '']);
  assert.deepEqual(tcp('https://up.test/'), ['up.test', 443, true, '']);
  assert.deepEqual(tcp('https://[::1]:8443/a/b/'), ['::1', 8443, true, '/a/b/']);
});

test('a Unix socket is named with or without an empty authority', () => {
  assert.deepEqual(tcp('unix:/run/a.sock'), ['/run/a.sock', false, '']);
  assert.deepEqual(tcp('unix:///run/a.sock'), ['/run/a.sock', false, '']);
  assert.deepEqual(tcp('unix:a.sock'), ['a.sock', false, '']);
});

test('a host alone is enough only where that is said', () => {
  assert.equal(tcp('up.test'), 'the port is missing, as in up.test:8080');
  assert.equal(tcp('[::1]'), 'the port is missing, as in [::1]:8080');
  assert.deepEqual(tcp('up.test', { bare: true }), ['up.test', 80, false, '']);
  assert.deepEqual(tcp('up.test:81/mcp', { bare: true }), ['up.test', 81, false, '/mcp']);
});

test('what is no address says why', () => {
  assert.match(String(tcp('::1')), /write an IPv6 address in brackets, as in \[::1\]:8080/);
  assert.match(String(tcp('[up.test]:80')), /"up.test" is not an IPv6 address/);
  assert.match(String(tcp('up.test:0')), /port 0 is not between/);
  assert.match(String(tcp('up.test:70000')), /port 70000 is not between/);
  assert.match(String(tcp('up.test:80/a')), /a path is possible in a URL only/);
  assert.match(String(tcp('ftp://up.test')), /the scheme must be http or https, not ftp/);
  assert.match(String(tcp('https://u:p@up.test')), /cannot carry a user name/);
  assert.match(String(tcp('https://up.test?a=b')), /a query or a fragment/);
  assert.match(String(tcp('https://')), /is not a URL/);
  assert.match(String(tcp('unix:')), /the path of the socket is missing/);
  assert.match(String(tcp('up.test:https')), /is not host:port/);
});

test('the process listens on a host and port, a port of every interface, or a port alone', () => {
  assert.deepEqual(parseListenAddress('localhost:15000'), { host: 'localhost', port: 15000 });
  assert.deepEqual(parseListenAddress('[::]:1'), { host: '::', port: 1 });
  assert.deepEqual(parseListenAddress(':2'), { host: '', port: 2 });
  assert.deepEqual(parseListenAddress('3'), { host: '', port: 3 });
  for (const text of ['localhost', '::1:80', 'a:b', ':70000', '']) assert.equal(parseListenAddress(text), undefined);
});
