import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import tls from 'node:tls';
import { certificates } from '../../testkit/certificates.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { handshake } from './openssl.ts';

const { a, wild } = certificates;

/** Two hosts on one port, each with its own settings. */
function hosts(first: string, second = ''): string {
  const listener = (name: string, pair: { cert: string; key: string }, tls: string): string =>
    `{ name: n${pair === a ? 1 : 2}, hostname: "${name}", protocol: HTTPS, tls: { cert: ${pair.cert}, key: ${pair.key}, ${tls} },
       routes: [{ policies: { directResponse: { status: 200, body: in } } }] }`;
  return `binds: [{ port: $PORT, address: ["127.0.0.1"], listeners: [${listener('a.test', a, first)}, ${listener('*.wild.test', wild, second)}] }]`;
}

test('each host of a port has its own versions, and says so in the handshake', async () => {
  await using gateway = await startGateway(hosts('minTLSVersion: TLS_V1_3', 'maxTLSVersion: TLS_V1_2'));
  const { port } = gateway;
  assert.match(await handshake(port, 'a.test'), /New, TLSv1\.3/);
  assert.match(await handshake(port, 'a.test', '-tls1_2'), /alert protocol version/);
  assert.match(await handshake(port, 'x.wild.test'), /New, TLSv1\.2/);
  assert.match(await handshake(port, 'x.wild.test', '-tls1_3'), /alert protocol version/);
});

test('a client that asks for a host that is not there is told so', async () => {
  await using gateway = await startGateway(hosts(''));
  assert.match(await handshake(gateway.port, 'other.test'), /alert unrecognized name|unrecognized name/);
});

test('cipher suites of TLS 1.2 and of TLS 1.3 are chosen apart, the first that a client has', async () => {
  await using gateway = await startGateway(
    hosts(
      'cipherSuites: [TLS_CHACHA20_POLY1305_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]',
      'cipherSuites: [TLS_AES_128_GCM_SHA256]',
    ),
  );
  const { port } = gateway;
  assert.match(await handshake(port, 'a.test'), /TLSv1\.3, Cipher is TLS_CHACHA20_POLY1305_SHA256/);
  assert.match(await handshake(port, 'a.test', '-tls1_2'), /Cipher is ECDHE-ECDSA-AES256-GCM-SHA384/);
  const weaker = ['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305'];
  assert.match(await handshake(port, 'a.test', ...weaker), /Cipher is ECDHE-ECDSA-AES128-GCM-SHA256/);
  assert.match(await handshake(port, 'a.test', '-ciphersuites', 'TLS_AES_128_GCM_SHA256'), /alert handshake failure/);
  // A version without a suite is not offered.
  assert.match(await handshake(port, 'x.wild.test'), /Cipher is TLS_AES_128_GCM_SHA256/);
  assert.match(await handshake(port, 'x.wild.test', '-tls1_2'), /alert protocol version/);
});

test('keys are exchanged in the groups that are listed, post-quantum ones too', async () => {
  await using gateway = await startGateway(
    hosts('keyExchangeGroups: [P-384]', 'keyExchangeGroups: [X25519_MLKEM768, X25519]'),
  );
  const { port } = gateway;
  assert.match(
    await handshake(port, 'a.test', '-groups', 'X25519:P-384'),
    /Server Temp Key: ECDH, (?:P-384|secp384r1)/,
  );
  assert.match(await handshake(port, 'a.test', '-groups', 'X25519'), /alert handshake failure/);
  assert.match(await handshake(port, 'x.wild.test', '-groups', 'X25519'), /Server Temp Key: X25519/);
  assert.equal(await groupOf(port), 'X25519MLKEM768');
});

/** The group of a handshake with a client that has post-quantum ones, which not every openssl has. */
async function groupOf(port: number): Promise<string> {
  const socket = tls.connect({ port, host: '127.0.0.1', servername: 'x.wild.test', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const key = socket.getEphemeralKeyInfo();
  socket.destroy();
  return key !== null && 'name' in key ? String(key.name) : JSON.stringify(key);
}
