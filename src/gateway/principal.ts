/** Who a client has proved to be. */
export interface Principal {
  readonly kind: 'jwt' | 'apiKey' | 'basic' | 'oidc' | 'certificate' | 'introspection';
  /** Unique among all kinds and issuers; no secret. */
  readonly id: string;
  /** Who vouches for it; absent: this gateway's own configuration. */
  readonly issuer?: string;
  /** What is known of it: claims of a token, metadata of a key. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** How much a proof says: who the user is, which application it is, which machine. */
const ranks: Readonly<Record<Principal['kind'], number>> = {
  certificate: 0,
  apiKey: 1,
  basic: 2,
  introspection: 3,
  jwt: 3,
  oidc: 3,
};

/**
 * Whom a request counts as when its client has proved to be both: who says more about the user stays, so that users who
 * share the key of an application are not one; of equals the later one counts.
 */
export function strongerOf(known: Principal | null, proved: Principal): Principal {
  return known !== null && ranks[known.kind] > ranks[proved.kind] ? known : proved;
}
