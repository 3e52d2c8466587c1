import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import tls from 'node:tls';
import { certificates, pem, type CertificatePaths } from '../../testkit/certificates.ts';
import { send, type Reply } from '../../testkit/client.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import { handshake } from './openssl.ts';

const { ca, otherCa, a, wild, local, client, stranger } = certificates;
const trusted = readFileSync(ca);

function listener(name: string, hostname: string, pair: CertificatePaths, tls: string, routes: string): string {
  return `{ name: ${name}, hostname: "${hostname}", protocol: HTTPS,
    tls: { cert: ${pair.cert}, key: ${pair.key}, ${tls} }, routes: [${routes}] }`;
}

/** Answers with what `expression` says. */
function says(expression: string): string {
  return `{ policies: { directResponse: { status: 200, bodyExpression: '${expression}' } } }`;
}

function binds(...listeners: string[]): string {
  return `binds: [{ port: $PORT, address: ["127.0.0.1"], listeners: [${listeners.join(', ')}] }]`;
}

function ask(
  port: number,
  host: string,
  pair?: CertificatePaths,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const tls = { ca: trusted, servername: host, ...(pair === undefined ? {} : pem(pair)) };
  return send(port, { headers: { host, ...headers }, tls });
}

/** What a client without a certificate is told. */
async function refusal(port: number, maxVersion: tls.SecureVersion = 'TLSv1.3'): Promise<unknown> {
  const socket = tls.connect({ port, host: '127.0.0.1', ca: trusted, servername: 'a.test', maxVersion });
  const [error] = (await once(socket, 'close').catch((reason: unknown) => [reason])) as [unknown];
  return error instanceof Error && 'code' in error ? error.code : error;
}

test('who a client is by its certificate is known to expressions and to the log', async () => {
  await using gateway = await startGateway(binds(listener('a', 'a.test', a, `root: ${ca}`, says('toJson(source)'))));
  const source: unknown = JSON.parse((await ask(gateway.port, 'a.test', client)).text);
  const {
    address: _address,
    port: _port,
    rawAddress: _raw,
    rawPort: _rawPort,
    ...names
  } = source as Record<string, unknown>;
  const { certificate, connectHeaders: _headers, ...rest } = names;
  assert.deepEqual(rest, {
    subject: 'O=Clients, CN=client one',
    subjectCn: 'client one',
    issuer: 'O=Waygate tests, CN=ca',
    subjectAltNames: ['client.test', 'spiffe://test/client'],
    spiffeId: 'spiffe://test/client',
  });
  assert.equal(certificate, readFileSync(client.cert, 'utf8'));
  const [line] = await gateway.lines(1);
  assert.equal(line?.['src.identity'], 'spiffe://test/client');
});

test('where certificates are optional, a client has none or a trusted one', async () => {
  const who = 'has(source.subjectCn) ? source.subjectCn : "nobody"';
  await using gateway = await startGateway(
    binds(listener('a', 'a.test', a, `root: ${ca}, clientCertificate: optional`, says(who))),
  );
  assert.equal((await ask(gateway.port, 'a.test')).text, 'nobody');
  assert.equal((await ask(gateway.port, 'a.test', client)).text, 'client one');
  await assert.rejects(ask(gateway.port, 'a.test', stranger));
});

test('each host of a port trusts clients of its own root', async () => {
  await using gateway = await startGateway(
    binds(
      listener('a', 'a.test', a, `root: ${ca}`, says('source.subjectCn')),
      listener('wild', '*.wild.test', wild, `root: ${otherCa}`, says('source.subjectCn')),
      listener('open', 'localhost', local, '', says('"open"')),
    ),
  );
  assert.equal((await ask(gateway.port, 'a.test', client)).text, 'client one');
  assert.equal((await ask(gateway.port, 'x.wild.test', stranger)).text, 'stranger');
  await assert.rejects(ask(gateway.port, 'a.test', stranger));
  await assert.rejects(ask(gateway.port, 'x.wild.test', client));
  assert.equal((await ask(gateway.port, 'localhost')).text, 'open');
  // Only hosts with a root ask, so that browsers offer no list of certificates elsewhere.
  assert.match(await handshake(gateway.port, 'localhost'), /No client certificate CA names sent/);
  assert.match(await handshake(gateway.port, 'a.test'), /Acceptable client certificate CA names\n.*CN = ca/);
});

test('a client without a certificate is told that one is required', async () => {
  await using gateway = await startGateway(binds(listener('a', 'a.test', a, `root: ${ca}`, says('"in"'))));
  assert.equal(await refusal(gateway.port), 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED');
  assert.equal(await refusal(gateway.port, 'TLSv1.2'), 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE');
});

test('what a client says of its own certificate does not reach the upstream', async () => {
  await using upstream = await startUpstream();
  const route = `{ policies: { requestHeaderModifier: { set: { x-kept: "1" } } }, backends: [{ host: "${upstream.host}" }] }`;
  const claims = { 'x-forwarded-client-cert': 'Hash=1', 'client-cert': ':AA==:', 'client-cert-chain': ':AA==:' };
  await using gateway = await startGateway(
    binds(
      listener('a', 'a.test', a, `root: ${ca}`, route),
      listener('wild', '*.wild.test', wild, '', route.replaceAll('x-kept', 'x-also')),
    ),
  );
  await ask(gateway.port, 'a.test', client, claims);
  const verified = await upstream.request(1);
  assert.deepEqual(
    Object.keys(claims).map((name) => verified.headers[name]),
    [undefined, undefined, undefined],
  );
  // Where certificates are not looked at, these fields are as any other.
  await ask(gateway.port, 'x.wild.test', undefined, claims);
  assert.equal((await upstream.request(2)).headers['client-cert'], ':AA==:');
});
