import type { AuthenticationSpec } from './authentication.ts';
import type { DocumentSource } from './document.ts';

/** Authorization servers that need special treatment. */
export type McpIdentityProvider = 'auth0' | 'keycloak' | 'okta' | 'descope' | 'authentik' | 'entra';

/** Scopes that a token must have for some requests. */
export interface RequiredScopes {
  readonly scopes: readonly string[];
  // Patterns with `*`. Where none of the three is there, the scopes are needed for every request.
  /** Names of tools, with or without their target's. */
  readonly tools?: readonly string[];
  readonly prompts?: readonly string[];
  /** URIs, as the target knows them, with or without its name. */
  readonly resources?: readonly string[];
}

/** What tokens must have beyond being good. */
export interface McpScopesSpec {
  readonly required: readonly RequiredScopes[];
  /** The scopes that a token with a scope has, too. */
  readonly implied: ReadonlyMap<string, readonly string[]>;
}

/** MCP clients get their token from an authorization server that they are told of. */
export interface McpAuthenticationSpec extends AuthenticationSpec {
  readonly issuer: string;
  readonly audiences: readonly string[];
  /** Absent: those that the server's metadata names. */
  readonly keys?: DocumentSource;
  readonly requiredClaims: readonly string[];
  readonly leewayMs: number;
  /** Absent: clients ask the server themselves. */
  readonly provider?: McpIdentityProvider;
  /** Members of the protected resource's metadata, as RFC 9728 names them. */
  readonly resourceMetadata: Readonly<Record<string, unknown>>;
  readonly scopes: McpScopesSpec;
  /** What clients get when they want to register. */
  readonly clientId?: string;
  /** Goes with {@link clientId} to the token endpoint of Entra, by way of the gateway. */
  readonly clientSecret?: string;
}
