import type { Expression } from '../model.ts';
import type { CredentialLocation } from '../policy.ts';
import type { CredentialSource } from './authentication.ts';
import type { HelperTarget } from './helper.ts';

/** Algorithms that tokens are signed with here. */
export type SigningAlgorithm = 'RS256' | 'RS384' | 'RS512' | 'PS256' | 'ES256' | 'ES384';

/** A private key and how it signs. */
export interface SigningSpec {
  /** PEM. */
  readonly privateKey: string;
  readonly algorithm: SigningAlgorithm;
  readonly keyId?: string;
}

/** A JWT that is signed here. */
export interface JwtSignSpec extends SigningSpec {
  readonly kind: 'jwtSign';
  readonly claims: Readonly<Record<string, unknown>>;
  readonly ttlMs: number;
  readonly location?: CredentialLocation;
}

/** Where a token stands in a client's request. */
export type TokenOrigin = CredentialSource;

/** How a client proves itself to a token endpoint (RFC 6749 §2.3, RFC 7523 §2.2). */
export type OAuthClientSpec =
  | {
      readonly kind: 'secret';
      readonly clientId: string;
      /** Absent: a public client. */
      readonly clientSecret?: string;
      readonly method: 'basic' | 'post';
    }
  | (SigningSpec & {
      readonly kind: 'privateKey';
      readonly clientId: string;
      readonly audience: string;
      /** PEM of the key's certificate, and how the assertion names it. */
      readonly certificate?: { readonly pem: string; readonly header: 'x5c' | 'x5t#S256' };
    });

/** A token endpoint. */
export interface TokenEndpointSpec {
  readonly target: HelperTarget;
  /** With a leading slash. */
  readonly path: string;
  readonly client?: OAuthClientSpec;
}

/** How many tokens are kept, and for how long those that do not say it, in milliseconds. */
export interface TokenCacheSpec {
  readonly maxEntries: number;
  readonly defaultTtlMs: number;
}

/** A client's token exchanged for one that the backend takes (RFC 8693, or RFC 7523 §2.1). */
export interface TokenExchangeSpec {
  readonly kind: 'tokenExchange';
  readonly endpoint: TokenEndpointSpec;
  readonly grant: 'tokenExchange' | 'jwtBearer';
  readonly subject: { readonly origin: TokenOrigin; readonly type: string };
  readonly actor?: {
    readonly origin: TokenOrigin;
    readonly type: string;
    /** The subject's token must name this actor (RFC 8693 §4.4). */
    readonly enforceMayAct: boolean;
  };
  readonly audiences: readonly string[];
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  readonly requestedType?: string;
  /** Further parameters. */
  readonly parameters: ReadonlyMap<string, Expression>;
  readonly location?: CredentialLocation;
  readonly cache: TokenCacheSpec;
}

/** An identity assertion of the user's provider, turned into a token of another domain (ID-JAG). */
export interface CrossAppSpec {
  readonly kind: 'crossAppAccess';
  readonly identityProvider: TokenEndpointSpec;
  readonly authorizationServer: TokenEndpointSpec;
  readonly audience: string;
  readonly resources: readonly string[];
  readonly scopes: readonly string[];
  /** Of the access token; absent: those of the assertion. */
  readonly accessScopes?: readonly string[];
  readonly subject: { readonly origin: TokenOrigin; readonly type: string };
  readonly cache: TokenCacheSpec;
}

/** A fixed key beside the main credential. */
export interface ExtraKeySpec {
  readonly secret: string;
  readonly location: CredentialLocation;
}
