import { TestIssuer } from '../../src/gateway/tokens/testing/issuer.ts';
import type { LoadRequest } from './wrk.ts';

const issuer = 'https://idp.example.com/realms/bench';
const keyId = 'bench';
const issued = new TestIssuer();
issued.addKey(keyId);

const claims = {
  iss: issuer,
  aud: 'api',
  sub: '6f1c8a52-7d0e-4c55-9c93-0f5f2a3a9d11',
  exp: 9_999_999_999,
  scope: 'openid email profile',
  groups: ['engineering', 'on-call', 'admins'],
};
const bearer = (id: number): Readonly<Record<string, string>> => ({
  authorization: `Bearer ${issued.token(keyId, { ...claims, jti: String(id) })}`,
});

const jwtAuth = `jwtAuth: { mode: strict, issuer: "${issuer}", audiences: [api], jwks: '${issued.keySet()}' }`;

/** Twenty policies, of which the last two speak of the request that is sent. */
const cedarPolicies = [
  ...Array.from(
    { length: 9 },
    (_, i) =>
      `permit(principal in Group::"team-${i}", action, resource) when { context.request.path like "/team-${i}/*" };`,
  ),
  ...Array.from(
    { length: 9 },
    (_, i) => `forbid(principal, action, resource) when { context.request.path like "/closed-${i}/*" };`,
  ),
  'forbid(principal, action, resource) unless { principal in Group::"engineering" };',
  'permit(principal in Group::"on-call", action, resource) when { context.request.method == "GET" };',
];

const entities = ['engineering', 'on-call', 'admins', 'team-0', 'team-1'].map(
  (id) => `{ uid: { type: Group, id: ${id} }, attrs: {}, parents: [] }`,
);

/** A route of the plain proxy with a policy. */
interface PolicyRoute {
  readonly name: string;
  readonly title: string;
  readonly policies: string;
  /** What its client sends. */
  request(): LoadRequest;
}

const path = '/1k';
const plain = (): LoadRequest => ({ path });
const signedIn = (): LoadRequest => ({ path, headers: bearer(0) });

/** Far more tokens than the gateway remembers. */
const manyTokens = 25_000;

/** The plain proxy first, then with one policy each. */
export const policyRoutes: readonly PolicyRoute[] = [
  { name: 'proxy-plain', title: 'proxy without a policy', policies: '', request: plain },
  { name: 'proxy-jwt', title: 'proxy with a JWT, cached', policies: jwtAuth, request: signedIn },
  {
    name: 'proxy-jwt-uncached',
    title: 'proxy with JWTs, none cached',
    policies: jwtAuth,
    request: () => ({ path, turns: Array.from({ length: manyTokens }, (_, i) => bearer(i)) }),
  },
  {
    name: 'proxy-api-key',
    title: 'proxy with an API key',
    policies: 'apiKey: { mode: strict, keys: [{ key: bench-key, metadata: { team: a } }] }',
    request: () => ({ path, headers: { authorization: 'Bearer bench-key' } }),
  },
  {
    name: 'proxy-cel',
    title: 'proxy with five rules over CEL',
    policies: `authorization:
          rules:
          - deny: 'request.path.startsWith("/closed")'
          - deny: 'request.method == "TRACE"'
          - require: 'source.address != ""'
          - allow: 'request.path.startsWith("/team")'
          - allow: 'request.method in ["GET", "POST"]'`,
    request: plain,
  },
  {
    name: 'proxy-cedar',
    title: 'proxy with a JWT and twenty Cedar policies, cached',
    policies: `${jwtAuth}
        authorization:
          cedar:
            entities: [${entities.join(', ')}]
            policies: |
${cedarPolicies.map((policy) => `              ${policy}`).join('\n')}`,
    request: signedIn,
  },
  {
    name: 'proxy-local-limit',
    title: 'proxy with a local rate limit',
    policies:
      'localRateLimit: [{ maxTokens: 100000000, tokensPerFill: 1000000, fillInterval: 1s, key: source.address }]',
    request: plain,
  },
];

/** A bind with all of them, each by its host name. */
export function policyBind(port: number, upstream: number): string {
  const routes = policyRoutes.map(
    ({ name, policies }) => `    - hostnames: ["${name}.test"]
      policies: ${policies === '' ? '{}' : `\n        ${policies}`}
      backends: [{ host: "127.0.0.1:${upstream}" }]`,
  );
  return `- port: ${port}\n  listeners:\n  - routes:\n${routes.join('\n')}`;
}
