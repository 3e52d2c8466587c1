/** How clients prove who they are. */

import { beyond, beyondDefault } from './beyond.ts';
import {
  credentialLocation,
  secretOrFile,
  document,
  type CredentialLocation,
  type SecretOrFile,
  type Document,
} from './common.ts';
import { listOf, literals, mapOf } from './kit/collection.ts';
import { required, optional, omittable, defaulted } from './kit/field.ts';
import type { Schema } from './kit/node.ts';
import { object, oneOfKeys, type OneOf } from './kit/object.ts';
import { text, secretText, anyValue, anyObject, textLike, duration } from './kit/scalar.ts';
import { union } from './kit/union.ts';
import { emptyObject, type EmptyObject } from './tls.ts';

/** Whether a credential must be there (`strict`), must be right if there (`optional`), or only informs (`permissive`). */
export type AuthMode = 'strict' | 'optional' | 'permissive';

export const authMode: Schema<AuthMode> = literals('strict', 'optional', 'permissive');

/** As {@link AuthMode}, for passwords. */
type BasicAuthMode = 'strict' | 'optional';

const basicAuthMode: Schema<BasicAuthMode> = literals('strict', 'optional');

/** How a client secret reaches the token endpoint. */
export type TokenEndpointAuth = 'clientSecretBasic' | 'clientSecretPost';

export const tokenEndpointAuth: Schema<TokenEndpointAuth> = literals('clientSecretBasic', 'clientSecretPost');

/** Where a token stands unless a file says otherwise. */
export const bearer: unknown = { header: { name: 'authorization', prefix: 'Bearer ' } };

/** JWTs of one issuer, or of several. */
export type JwtAuth = JwtProviders | JwtSingle;

/** Further checks of a token. */
interface JwtValidation {
  readonly requiredClaims: readonly string[];
  /** Milliseconds. */
  readonly leeway: number;
}

const jwtValidation: Schema<JwtValidation> = object<JwtValidation>('JwtValidation', 'Further checks of a token.', {
  requiredClaims: defaulted(listOf(text), ['exp'], 'Claims that must be there.'),
  leeway: beyondDefault('routes[].policies.jwtAuth.jwtValidationOptions.leeway', duration),
});

/** An issuer of tokens. */
export interface JwtProvider {
  readonly issuer: string;
  readonly audiences?: readonly string[];
  readonly jwks: Document;
  readonly jwtValidationOptions: JwtValidation;
}

const jwtProvider: Schema<JwtProvider> = object<JwtProvider>('JwtProvider', 'An issuer of tokens.', {
  issuer: required(text, 'Its identifier (iss).'),
  audiences: optional(listOf(text), 'Audiences of which a token must name one.'),
  jwks: required(document, 'Its keys.'),
  jwtValidationOptions: defaulted(jwtValidation, {}, 'Further checks.'),
});

/** JWTs of several issuers. */
interface JwtProviders {
  readonly mode?: AuthMode;
  readonly location: CredentialLocation;
  readonly providers: readonly JwtProvider[];
}

const jwtProviders: Schema<JwtProviders> = object<JwtProviders>('JwtProviders', 'JWTs of several issuers.', {
  mode: optional(authMode, 'Whether a token must be there; strict when absent.'),
  location: defaulted(credentialLocation, bearer, 'Where the token stands.'),
  providers: required(listOf(jwtProvider), 'The issuers.'),
});

/** JWTs of one issuer. */
interface JwtSingle {
  readonly mode?: AuthMode;
  readonly location: CredentialLocation;
  readonly issuer: string;
  readonly audiences?: readonly string[];
  readonly jwks: Document;
  readonly jwtValidationOptions: JwtValidation;
}

const jwtSingle: Schema<JwtSingle> = object<JwtSingle>('JwtSingle', 'JWTs of one issuer.', {
  mode: optional(authMode, 'Whether a token must be there; strict when absent.'),
  location: defaulted(credentialLocation, bearer, 'Where the token stands.'),
  issuer: required(text, "The issuer's identifier (iss)."),
  audiences: optional(listOf(text), 'Audiences of which a token must name one.'),
  jwks: required(document, "The issuer's keys."),
  jwtValidationOptions: defaulted(jwtValidation, {}, 'Further checks.'),
});

export const jwtAuth: Schema<JwtAuth> = union(jwtProviders, jwtSingle);

/** User names and passwords. */
export interface BasicAuth {
  readonly htpasswd: SecretOrFile;
  readonly realm?: string;
  readonly mode?: BasicAuthMode;
  readonly authorizationLocation: CredentialLocation;
}

export const basicAuth: Schema<BasicAuth> = object<BasicAuth>('BasicAuth', 'User names and passwords.', {
  htpasswd: required(secretOrFile, 'Users, as an htpasswd file has them.'),
  realm: optional(text, 'Realm that a browser shows.'),
  mode: optional(basicAuthMode, 'Whether a password must be there; strict when absent.'),
  authorizationLocation: defaulted(
    credentialLocation,
    { header: { name: 'authorization', prefix: 'Basic ' } },
    'Where the credential stands.',
  ),
});

/** A SHA-256 as 64 hex digits, with or without `sha256:`. */
const keyHash: Schema<string> = textLike({
  label: 'sha256: and 64 hex digits',
  secret: true,
  check: (value) => (/^(?:sha256:)?[0-9a-fA-F]{64}$/.test(value) ? undefined : ''),
});

/** A date, or a time of RFC 3339. */
const pointInTime: Schema<string> = textLike({
  label: 'a date as 2027-01-31, or a time as 2027-01-31T12:00:00Z',
  check: (value) =>
    /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/.test(value) &&
    !Number.isNaN(Date.parse(value))
      ? undefined
      : '',
});

/** A key as text, or its SHA-256. */
export type ApiKeyEntry = OneOf<ApiKeyForms, ApiKeyGrants>;

const apiKeyEntry: Schema<ApiKeyEntry> = oneOfKeys<ApiKeyForms, ApiKeyGrants>(
  'ApiKeyEntry',
  'A key, or its hash, and what it brings.',
  {
    key: required(secretText, 'The key itself.'),
    keyHash: required(keyHash, 'Its SHA-256 as hex digits, with or without `sha256:` before them.'),
  },
  {
    metadata: omittable(anyValue, 'Facts about its owner, for expressions.'),
    allowedModels: optional(listOf(text), 'Models that it may use; all when absent.'),
    expires: beyond('routes[].policies.apiKey.keys[].expires', pointInTime),
  },
);

/** API keys of clients. */
export interface ApiKeys {
  readonly keys: readonly ApiKeyEntry[];
  readonly mode?: AuthMode;
  readonly location: CredentialLocation;
}

export const apiKeys: Schema<ApiKeys> = object<ApiKeys>('ApiKeys', 'API keys of clients.', {
  keys: required(listOf(apiKeyEntry), 'The keys.'),
  mode: optional(authMode, 'Whether a key must be there; strict when absent.'),
  location: defaulted(
    credentialLocation,
    { header: { name: 'authorization', prefix: 'Bearer ' } },
    'Where the key stands.',
  ),
});

/** The forms of a key. */
interface ApiKeyForms {
  readonly key: string;
  readonly keyHash: string;
}

/** What a key brings. */
interface ApiKeyGrants {
  readonly metadata?: unknown;
  readonly allowedModels?: readonly string[];
  readonly expires?: string;
}

/** The kinds of {@link McpIdentityProvider}. */
interface McpIdentityProviderKinds {
  readonly auth0: EmptyObject;
  readonly keycloak: EmptyObject;
  readonly okta: EmptyObject;
  readonly descope: EmptyObject;
  readonly authentik: EmptyObject;
  readonly entra: EmptyObject;
}

/** An authorization server that needs special treatment. */
type McpIdentityProvider = OneOf<McpIdentityProviderKinds>;

const mcpIdentityProvider: Schema<McpIdentityProvider> = oneOfKeys<McpIdentityProviderKinds>(
  'McpIdentityProvider',
  'An authorization server that needs special treatment.',
  {
    auth0: required(emptyObject, 'Auth0.'),
    keycloak: required(emptyObject, 'Keycloak.'),
    okta: required(emptyObject, 'Okta.'),
    descope: required(emptyObject, 'Descope.'),
    authentik: required(emptyObject, 'authentik.'),
    entra: required(emptyObject, 'Microsoft Entra.'),
  },
  {},
);

/** Scopes that a token must have for some requests of MCP. */
export interface RequiredScopes {
  readonly scopes: readonly string[];
  readonly tools?: readonly string[];
  readonly prompts?: readonly string[];
  readonly resources?: readonly string[];
}

/** RFC 6749 §3.3. */
const scopePattern = /^[!#-[\]-~]+$/;

const scope: Schema<string> = textLike({
  label: 'a scope',
  pattern: scopePattern.source,
  check: (value) => (scopePattern.test(value) ? undefined : ''),
});

const requiredScopes: Schema<RequiredScopes> = object<RequiredScopes>(
  'RequiredScopes',
  'Scopes that a token must have for some requests of MCP; for all of them, where nothing is said of what they are about.',
  {
    scopes: required(listOf(scope, { min: 1 }), 'The scopes; all of them are needed.'),
    tools: optional(listOf(text), 'Names of tools, or patterns with *, with or without their target (target_name).'),
    prompts: optional(listOf(text), 'The same of prompts.'),
    resources: optional(
      listOf(text),
      'URIs of resources, or patterns with *, with or without their target (target+uri).',
    ),
  },
);

/** OAuth for MCP servers, as the MCP specification has it. */
export interface McpAuthentication {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly provider?: McpIdentityProvider;
  readonly resourceMetadata: Readonly<Record<string, unknown>>;
  readonly jwks?: Document;
  readonly mode: AuthMode;
  readonly authorizationLocation: CredentialLocation;
  readonly jwtValidationOptions: JwtValidation;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly requiredScopes?: readonly RequiredScopes[];
  readonly impliedScopes?: Readonly<Record<string, readonly string[]>>;
}

export const mcpAuthentication: Schema<McpAuthentication> = object<McpAuthentication>(
  'McpAuthentication',
  'OAuth for MCP servers, as the MCP specification has it.',
  {
    issuer: required(text, "The authorization server's identifier."),
    audiences: required(listOf(text), 'Audiences of which a token must name one.'),
    provider: optional(mcpIdentityProvider, 'Kind of the authorization server, when it needs special treatment.'),
    resourceMetadata: required(anyObject, 'Metadata of the protected resource (RFC 9728).'),
    jwks: optional(document, "The server's keys."),
    mode: defaulted(authMode, 'strict', 'Whether a token must be there.'),
    authorizationLocation: defaulted(
      credentialLocation,
      { header: { name: 'authorization', prefix: 'Bearer ' } },
      'Where the token stands.',
    ),
    jwtValidationOptions: defaulted(jwtValidation, {}, 'Further checks of the token.'),
    clientId: optional(text, 'Client id to hand out instead of registering.'),
    clientSecret: optional(secretText, 'Secret of that client.'),
    requiredScopes: beyond('routes[].policies.mcpAuthentication.requiredScopes', listOf(requiredScopes)),
    impliedScopes: beyond('routes[].policies.mcpAuthentication.impliedScopes', mapOf(listOf(scope), scope)),
  },
);
