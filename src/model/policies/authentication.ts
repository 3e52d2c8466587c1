import type { Expression } from '../model.ts';
import type { CredentialLocation } from '../policy.ts';
import type { DocumentSource } from './document.ts';
import type { HelperTarget } from './helper.ts';

/** Whether a credential must be there (`strict`), must be right if there (`optional`), or only informs (`permissive`). */
export type AuthMode = 'strict' | 'optional' | 'permissive';

/** Where clients put a credential. */
export type CredentialSource = CredentialLocation | { readonly kind: 'expression'; readonly expression: Expression };

/** What all kinds of authentication say. */
export interface AuthenticationSpec {
  readonly mode: AuthMode;
  /** Looked at in turn; the first good credential counts. */
  readonly sources: readonly CredentialSource[];
}

/** Clients prove who they are with a JWT. */
export interface JwtAuthSpec extends AuthenticationSpec {
  readonly issuers: readonly JwtIssuerSpec[];
}

/** An issuer whose tokens are taken. */
export interface JwtIssuerSpec {
  readonly issuer: string;
  /** Absent: any. */
  readonly audiences?: readonly string[];
  readonly keys: DocumentSource;
  readonly requiredClaims: readonly string[];
  readonly leewayMs: number;
}

/** Clients prove who they are with a key. */
export interface ApiKeySpec extends AuthenticationSpec {
  readonly keys: readonly ApiKeyGrant[];
}

/** A key, of which only the digest is known, and what it brings. */
export interface ApiKeyGrant {
  /** SHA-256 of the key, 64 hex digits in lower case. */
  readonly hashedSecret: string;
  readonly metadata?: unknown;
  /** Patterns of model names; absent: all. */
  readonly allowedModels?: readonly string[];
  /** Milliseconds since the epoch; absent: never. */
  readonly expiresMs?: number;
}

/** Clients prove who they are with a password. */
export interface BasicAuthSpec extends AuthenticationSpec {
  readonly realm: string;
  readonly users: readonly PasswordUser[];
}

/** A user and the hash of the password, as htpasswd writes it. */
export interface PasswordUser {
  readonly user: string;
  readonly hashedPassword: string;
}

/** An authorization server is asked about tokens (RFC 7662). */
export interface IntrospectionSpec extends AuthenticationSpec {
  /** Where {@link url} is. */
  readonly server: HelperTarget;
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly clientAuth: 'basic' | 'post';
  /** Absent: any. */
  readonly issuer?: string;
  /** Absent: any. */
  readonly audiences?: readonly string[];
  readonly scopes: readonly string[];
  readonly cacheTtlMs: number;
  readonly cacheEntries: number;
  readonly timeoutMs: number;
}
