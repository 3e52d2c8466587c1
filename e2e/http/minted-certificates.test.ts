import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificates } from '../../testkit/certificates.ts';
import { eventually } from '../../testkit/client.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { handshake } from './openssl.ts';

const { minting, a } = certificates;

/** A port where certificates are signed for names that fit `hostname`. */
function minted(hostname?: string): string {
  return `binds: [{ port: $PORT, address: ["127.0.0.1"], listeners: [
    { name: minted, ${hostname === undefined ? '' : `hostname: "${hostname}", `}protocol: HTTPS,
      tls: { mode: dynamicCa, cert: ${minting.cert}, key: ${minting.key} },
      routes: [{ policies: { directResponse: { status: 200, bodyExpression: request.host } } }] },
    { name: fixed, hostname: a.test, protocol: HTTPS, tls: { cert: ${a.cert}, key: ${a.key} },
      routes: [{ policies: { directResponse: { status: 200, body: fixed } } }] }] }]`;
}

const verified = (name: string): string[] => [
  '-verify_return_error',
  '-CAfile',
  minting.cert,
  '-verify_hostname',
  name,
];

test('every name gets a certificate that its clients can verify', async () => {
  await using gateway = await startGateway(minted());
  for (const name of ['one.test', 'two.example.com', 'UPPER.test', `${'x'.repeat(63)}.${'y'.repeat(63)}.test`]) {
    for (const version of ['-tls1_2', '-tls1_3']) {
      const said = await handshake(gateway.port, name, version, ...verified(name.toLowerCase()));
      assert.match(said, /Verify return code: 0 \(ok\)/, said);
    }
  }
});

test('certificates are made for names of the listener only', async () => {
  await using gateway = await startGateway(minted('*.minted.test'));
  const { port } = gateway;
  assert.match(await handshake(port, 'x.minted.test', ...verified('x.minted.test')), /Verify return code: 0 \(ok\)/);
  assert.match(await handshake(port, 'other.test'), /unrecognized name/);
  assert.match(await handshake(port, 'minted.test'), /unrecognized name/);
  // A certificate from a file comes before one that would be made.
  assert.match(await handshake(port, 'a.test'), /issuer=O = Waygate tests, CN = ca\n/);
});

test('a client that says no name, or none that is valid, gets no certificate', async () => {
  await using gateway = await startGateway(minted());
  const { port } = gateway;
  assert.match(await handshake(port, null), /unrecognized name/);
  for (const name of ['-x.test', 'a..test', '10.0.0.1']) {
    assert.match(await handshake(port, name), /no peer certificate available/);
  }
  await eventually(() => gateway.metric('connections_open') === 0);
  assert.match(await handshake(port, 'ok.test', ...verified('ok.test')), /Verify return code: 0 \(ok\)/);
});

test('a name keeps its certificate, also through a reload', async () => {
  await using gateway = await startGateway(minted());
  const serial = async (name: string): Promise<string> => {
    const said = await handshake(gateway.port, name);
    return /-----BEGIN CERTIFICATE-----\n([^-]+)/.exec(said)?.[1] ?? '';
  };
  const [one, two] = [await serial('one.test'), await serial('two.test')];
  assert.notEqual(one, two);
  assert.equal(await serial('one.test'), one);
  await gateway.reload(minted().replace('body: fixed', 'body: changed'));
  assert.equal(await serial('one.test'), one);
});
