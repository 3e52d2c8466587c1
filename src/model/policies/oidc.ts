import type { DocumentSource } from './document.ts';

/** How a client secret reaches a token endpoint (RFC 6749 §2.3.1). */
export type ClientSecretMethod = 'basic' | 'post';

/** Sign-in of browsers with OpenID Connect; absent endpoints are those of the provider's metadata. */
export interface OidcSpec {
  readonly issuer: string;
  /** Absent: the well-known document of the issuer. */
  readonly discovery?: DocumentSource;
  readonly authorizationEndpoint?: string;
  readonly tokenEndpoint?: string;
  readonly endSessionEndpoint?: string;
  /** Absent: as the metadata says, else basic. */
  readonly tokenEndpointAuth?: ClientSecretMethod;
  readonly jwks?: DocumentSource;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Absolute URL; its path is answered by the policy. */
  readonly redirectUri: string;
  /** `openid` is among them. */
  readonly scopes: readonly string[];
  /** Key of the cookies, 64 hexadecimal digits; absent: the process's session keys. */
  readonly cookieKey?: string;
  /** Path that ends sessions; absent: none does. */
  readonly logoutPath?: string;
  /** Where the browser goes after that, an absolute URL; absent: a page that says so. */
  readonly postLogoutRedirectUri?: string;
  /** Milliseconds from sign-in after which a session ends, however often its tokens were renewed. */
  readonly sessionTtlMs: number;
}
