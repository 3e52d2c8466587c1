import { hash } from 'node:crypto';
import type { OidcSpec } from '../../../model/policies/oidc.ts';
import { keyRingMemory, KeyRing } from '../../../mcp/session/key-ring.ts';
import { Sealer } from '../../../mcp/session/sealer.ts';

/** Characters of the longest text that is opened: as many as the cookies of a session may have. */
const longestSealed = 24_000;

/** What follows from a configuration, for all requests. */
export interface OidcSettings {
  readonly spec: OidcSpec;
  /** `https://app.example`. */
  readonly origin: string;
  readonly callbackPath: string;
  readonly secure: boolean;
  readonly sessionCookie: string;
  /** All cookies of this policy begin with it. */
  readonly cookiePrefix: string;
  /** Cookies of sign-ins under way: followed by the state. */
  readonly loginPrefix: string;
  readonly sessions: Sealer;
  /** What one sign-in keeps, bound to its state. */
  login(state: string): Sealer;
  /** What workers tell each other of a renewed session, bound to what it was before. */
  renewal(key: string): Sealer;
}

/** @param keys Of the process, where the configuration has no key of its own. */
export function oidcSettings(spec: OidcSpec, keys: KeyRing): OidcSettings {
  const { origin, pathname, protocol } = new URL(spec.redirectUri);
  const secure = protocol === 'https:';
  // Equal policies share sessions; what one seals means nothing to one with another provider or client.
  const scope = hash('sha256', JSON.stringify([spec.issuer, spec.clientId, origin]), 'base64url');
  // __Host-: no other host, not even a subdomain, can write it, and nobody without TLS.
  const cookiePrefix = `${secure ? '__Host-' : ''}waygate-${scope.slice(0, 8)}`;
  const ring = spec.cookieKey === undefined ? keys : new KeyRing(keyRingMemory([Buffer.from(spec.cookieKey, 'hex')]));
  return {
    spec,
    origin,
    callbackPath: pathname,
    secure,
    sessionCookie: cookiePrefix,
    cookiePrefix,
    loginPrefix: `${cookiePrefix}-login-`,
    sessions: new Sealer(ring, `oidc session ${scope}`, longestSealed),
    login: (state) => new Sealer(ring, `oidc login ${scope} ${state}`, longestSealed),
    renewal: (key) => new Sealer(ring, `oidc renewal ${scope} ${key}`, longestSealed),
  };
}
