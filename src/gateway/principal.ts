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
