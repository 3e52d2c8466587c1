import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noCustomFunctions } from '../expr/cel/custom-functions.ts';
import { CelSecret } from '../expr/cel/secret.ts';
import { HeaderList } from '../net/http/headers.ts';
import { ExchangeAttributes } from './attributes/exchange-attributes.ts';
import { Expressions } from './attributes/expressions.ts';
import { ProvedFacts } from './authentication/facts.ts';
import { routeParent } from './authorization/http-resource.ts';
import type { Exchange } from './exchange.ts';
import { readIdentity, writeIdentity } from './peer-identity.ts';
import type { CompiledRoute } from './snapshot/snapshot.ts';

/** What of an exchange says who its client is, and where it came in. */
function someone(): Exchange {
  const facts = new Map<string, unknown>();
  const slots = new Map<object, unknown>();
  return {
    principal: null,
    credential: null,
    authorizer: null,
    setFact: (root: string, value: unknown) => void facts.set(root, value),
    fact: (root: string) => facts.get(root),
    keep: (slot: object, value: unknown) => void slots.set(slot, value),
    kept: (slot: object) => slots.get(slot),
    connection: { remoteAddress: '', remotePort: 0, localAddress: '', localPort: 0 },
    request: { scheme: 'http' },
    bind: { key: 'b' },
    listener: null,
    route: null,
  } as unknown as Exchange;
}

/** What another worker makes of an exchange. */
function passedOn(x: Exchange): Exchange {
  const text = writeIdentity(x);
  assert.match(text, /^[\x21-\x7e]+$/);
  const there = someone();
  readIdentity(there, text);
  return there;
}

test('who a client is, as one worker tells another', () => {
  const x = someone();
  assert.equal(passedOn(x).principal, null);
  x.principal = { kind: 'jwt', id: 'jwt:i ä', issuer: 'i', claims: { sub: 'ä', groups: ['a'] } };
  x.credential = 'the token';
  x.setFact('jwt', new ProvedFacts({ sub: 'ä' }, 'rawToken', 'the token'));
  x.setFact('basicAuth', new ProvedFacts({ username: 'u' }, null, 'x'));
  const there = passedOn(x);
  assert.deepEqual([there.principal, there.credential], [x.principal, 'the token']);
  const jwt = there.fact('jwt');
  assert.ok(jwt instanceof ProvedFacts);
  assert.equal(jwt.field('sub'), 'ä');
  const secret = jwt.field('rawToken');
  assert.ok(secret instanceof CelSecret);
  assert.equal(secret.reveal(), 'the token');
});

test('where a request came in, and what policies found out there, as expressions see it', () => {
  const x = someone();
  x.connection = {
    remoteAddress: '192.0.2.1',
    remotePort: 7,
    localAddress: '192.0.2.2',
    localPort: 443,
    raw: { address: '192.0.2.3', port: 8 },
    connectHeaders: new HeaderList(['x-tenant', 'a', 'x-zone', 'b']),
    tls: {
      serverName: 'a.example',
      protocol: 'TLSv1.3',
      alpn: '',
      client: { subject: 'CN=c', issuer: 'CN=i', subjectAltNames: ['c.example'], spiffeId: 'spiffe://d/c', pem: 'PEM' },
    },
  };
  x.request.scheme = 'https';
  x.route = { name: 'r', namespace: 'n', ruleName: 'first' } as CompiledRoute;
  x.setFact('extauthz', { tier: 'gold' });
  x.setFact('metadata', { team: 'ops' });
  const conditions = [
    'source.address == "192.0.2.1" && source.port == 7 && source.rawAddress == "192.0.2.3"',
    'source.subject == "CN=c" && source.spiffeId == "spiffe://d/c" && source.certificate == "PEM"',
    'source.connectHeaders["x-tenant"] == "a" && source.connectHeaders["x-zone"] == "b"',
    'destination.port == 443 && request.scheme == "https"',
    'proxy.bind == "b" && proxy.route.name == "r" && proxy.route.rule == "first"',
    'extauthz.tier == "gold" && metadata.team == "ops"',
  ];
  for (const here of [x, passedOn(x)]) {
    const attributes = new ExchangeAttributes(here);
    for (const source of conditions) {
      const holds = new Expressions(noCustomFunctions).test(source, 'request').test(attributes);
      assert.equal(holds, true, source);
    }
    assert.equal(routeParent(here).id, 'n/r');
  }
});
