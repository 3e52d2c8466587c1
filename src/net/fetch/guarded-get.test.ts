import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { FetchRefused, guardedGet, type FetchGuard } from './guarded-get.ts';
import { isPublicAddress } from './public-address.ts';

const server = http.createServer((request, response) => {
  switch (request.url) {
    case '/picture':
      response.writeHead(200, { 'content-type': 'Image/PNG; charset=x' }).end('bytes');
      return;
    case '/endless':
      response.writeHead(200).write('x'.repeat(200_000));
      return;
    case '/moved':
      response.writeHead(302, { location: '/picture' }).end();
      return;
    case '/elsewhere':
      response.writeHead(302, { location: 'http://other.test/picture' }).end();
      return;
    case '/around':
      response.writeHead(302, { location: '/around' }).end();
      return;
    case '/silent':
      return;
    default:
      response.writeHead(404).end();
  }
});
let base = '';
before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://localhost:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const open: FetchGuard = {
  allows: (host) => host === 'localhost',
  privateAddresses: true,
  maxBytes: 100_000,
  timeoutMs: 5000,
};
const get = (path: string, guard: Partial<FetchGuard> = {}): ReturnType<typeof guardedGet> =>
  guardedGet(path.includes('://') ? path : base + path, { ...open, ...guard }, new AbortController().signal);

test('a URL gives its bytes and their type, through a redirect as well', async () => {
  for (const path of ['/picture', '/moved']) {
    const { mediaType, body } = await get(path);
    assert.equal(mediaType, 'image/png');
    assert.equal(body.toString(), 'bytes');
  }
});

const refusals: readonly (readonly [string, Partial<FetchGuard>, RegExp])[] = [
  ['/picture', { privateAddresses: false }, /not public/],
  ['http://127.0.0.1/picture', { privateAddresses: false, allows: () => true }, /not public/],
  ['http://[::1]/picture', { privateAddresses: false, allows: () => true }, /not public/],
  ['http://other.test/picture', {}, /other\.test is not among/],
  ['/elsewhere', {}, /other\.test is not among/],
  ['/around', {}, /redirects/],
  ['/endless', {}, /larger than 100000 bytes/],
  ['/silent', { timeoutMs: 50 }, /too long/],
  ['/none', {}, /status 404/],
  ['file:///etc/passwd', {}, /only http/],
  ['http://me:secret@localhost/', {}, /credential/],
  ['no URL://', {}, /no URL/],
];
for (const [path, guard, message] of refusals) {
  test(`${path} is refused with ${message}`, async () => {
    await assert.rejects(get(path, guard), (error) => {
      assert(error instanceof FetchRefused);
      assert.match(error.message, message);
      return true;
    });
  });
}

test('addresses of private and special networks are not public, in any spelling', () => {
  const special =
    '10.1.2.3 127.0.0.1 169.254.169.254 172.31.0.1 192.168.1.1 100.64.0.1 0.0.0.0 224.0.0.1 ::1 :: fe80::1 fc00::1 ::ffff:10.0.0.1 ::ffff:a00:1 64:ff9b::a00:1 2002:a00:1:: 2001:db8::1 localhost';
  for (const address of special.split(' ')) assert.equal(isPublicAddress(address), false, address);
  for (const address of ['8.8.8.8', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])
    assert.equal(isPublicAddress(address), true, address);
});
