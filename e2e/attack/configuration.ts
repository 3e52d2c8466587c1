import { certificates } from '../../testkit/certificates.ts';

/** One plain listener (HTTP/1 and h2c) on `$PORT` and one with TLS on `$PORT1`, both with one route to `upstream`. */
export function attacked(upstream: string, http: string = 'maxHeadSize: 16384, maxUriLength: 8192'): string {
  const { cert, key } = certificates.local;
  const routes = `routes: [{ name: only, matches: [{ path: { pathPrefix: / } }], backends: [{ host: "${upstream}" }] }]`;
  return `
frontendPolicies: { http: { ${http} } }
binds:
- port: $PORT
  address: ["127.0.0.1"]
  listeners: [{ name: plain, ${routes} }]
- port: $PORT1
  address: ["127.0.0.1"]
  listeners: [{ name: secure, protocol: HTTPS, tls: { cert: ${cert}, key: ${key} }, ${routes} }]
`;
}
