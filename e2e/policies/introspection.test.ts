import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../../testkit/client.ts';
import { oneRoute } from '../../testkit/configurations.ts';
import { startGateway } from '../../testkit/gateway.ts';
import { client } from '../../testkit/openid/provider.ts';
import { startUpstream } from '../../testkit/upstream.ts';
import { clientCredentialsToken, revoke, startTokenProvider } from './token-provider.ts';

const bearer = (token: string): { readonly headers: { readonly authorization: string } } => ({
  headers: { authorization: `Bearer ${token}` },
});

test('opaque tokens of oidc-provider let in while they are active; an answer is kept for a while', async () => {
  await using provider = await startTokenProvider();
  await using upstream = await startUpstream();
  const source = (more: string): string =>
    oneRoute(
      `{ introspection: { url: "${provider.issuer}/token/introspection", clientId: ${client.id}, clientSecret: "${client.secret}", mode: strict, ${more} },
         transformations: { request: { set: { x-client: jwt.client_id } } } }`,
      upstream.host,
    );
  await using gateway = await startGateway(source('audiences: ["https://api.test"], scopes: [read], cacheTtl: 300s'));
  const token = await clientCredentialsToken(provider, 'opaque');
  const replies = await Promise.all(Array.from({ length: 10 }, () => send(gateway.port, bearer(token))));
  assert.deepEqual(new Set(replies.map(({ status }) => status)), new Set([200]));
  assert.equal((await send(gateway.port, bearer(token))).status, 200);
  assert.equal(provider.count('/token/introspection'), 1);
  const [seen] = upstream.requests;
  assert.deepEqual([seen?.headers['x-client'], seen?.headers.authorization], ['waygate', undefined]);
  await gateway.reload(source('scopes: [read, write]'));
  const missing = await send(gateway.port, bearer(token));
  assert.equal(missing.status, 401);
  assert.match(missing.text, /lacks the scope write/);
  await gateway.reload(source('audiences: ["https://other.test"]'));
  assert.match((await send(gateway.port, bearer(token))).text, /another audience/);
  await gateway.reload(source('cacheEntries: 0'));
  assert.equal((await send(gateway.port, bearer(token))).status, 200);
  await revoke(provider, token);
  const revoked = await send(gateway.port, bearer(token));
  assert.equal(revoked.status, 401);
  assert.match(revoked.headers['www-authenticate'] ?? '', /invalid_token.*not active/);
  const asked = provider.count('/token/introspection');
  assert.equal((await send(gateway.port, bearer('no token\u00ff'))).status, 401);
  assert.equal((await send(gateway.port)).headers['www-authenticate'], 'Bearer');
  assert.equal(provider.count('/token/introspection'), asked);
  assert.doesNotMatch(gateway.diagnostics.join('\n'), new RegExp(`${token}|${client.secret}`));
});

test('a server that fails, says nothing or nonsense keeps everybody out with 503', async () => {
  await using upstream = await startUpstream();
  await using server = await startUpstream();
  await using gateway = await startGateway(
    oneRoute(
      `{ introspection: { url: "http://${server.host}/", clientId: c, clientSecret: hush, timeout: 100ms } }`,
      upstream.host,
    ),
  );
  for (const answer of [
    (): [number, string] => [500, '{"active":true}'],
    (): [number, string] => [200, 'active'],
    (): [number, string] => [200, '[true]'],
    (): [number, string] => [200, `{"active":true,"x":"${'x'.repeat(70_000)}"}`],
    null,
  ]) {
    server.answer((_, response) => {
      if (answer === null) return;
      const [status, text] = answer();
      response.writeHead(status).end(text);
    });
    const reply = await send(gateway.port, bearer('token'));
    assert.equal(reply.status, 503);
    assert.deepEqual(JSON.parse(reply.text), {
      error: { reason: 'authenticationUnavailable', message: 'credentials cannot be checked at the moment' },
    });
  }
  server.answer((_, response) => response.end('{"active":"true"}'));
  assert.equal((await send(gateway.port, bearer('token'))).status, 401);
  server.answer((_, response) => response.end('{"active":true,"exp":1}'));
  assert.match((await send(gateway.port, bearer('other'))).text, /expired/);
  assert.equal(upstream.requests.length, 0);
});
