/** Connection policies of helper backends, and the authentication kinds that call helpers themselves. */

import {
  fileRef,
  serviceRef,
  backendRef,
  headerModifier,
  credentialLocation,
  keepalive,
  type ServiceRef,
  type BackendRef,
  type HeaderModifier,
  type CredentialLocation,
  type Keepalive,
} from './common.ts';
import {
  extraCredentials,
  backendCredential,
  passthroughAuth,
  locatedKey,
  azureAuth,
  jwtSignAuth,
  gcpAuth,
  awsAuth,
  type ExtraCredentials,
  type BackendCredential,
  type PassthroughAuth,
  type AzureAuth,
  type JwtSignAuth,
  type BackendKey,
  type GcpAuth,
  type AwsAuth,
} from './credentials.ts';
import { listOf, mapOf, literals } from './kit/collection.ts';
import { required, optional, omittable, defaulted } from './kit/field.ts';
import { hostPort, httpVersion } from './kit/net.ts';
import type { Schema } from './kit/node.ts';
import { object, oneOfKeys, type OneOf } from './kit/object.ts';
import { text, secretText, name, cel, duration, type CelText } from './kit/scalar.ts';
import { union, lazy } from './kit/union.ts';
import {
  subjectToken,
  actorToken,
  tokenCache,
  crossAppSubjectToken,
  oAuthGrantType,
  oAuthClientAuth,
  type SubjectToken,
  type ActorToken,
  type TokenCache,
  type CrossAppSubjectToken,
  type OAuthGrantType,
  type OAuthClientAuth,
} from './oauth.ts';
import { backendTls, type BackendTls } from './tls.ts';
import { transformations, type Transformations } from './transformations.ts';

/** HTTP to a backend. */
export interface BackendHttp {
  readonly version?: string;
  readonly requestTimeout?: number;
}

export const backendHttp: Schema<BackendHttp> = object<BackendHttp>('BackendHttp', 'HTTP to a backend.', {
  version: optional(httpVersion, 'HTTP version to speak: 1.0, 1.1, 2 or 3.'),
  requestTimeout: optional(duration, 'Time limit of one request.'),
});

/** TCP to a backend. */
export interface BackendTcp {
  readonly keepalives: Keepalive;
  readonly connectTimeout: number;
}

export const backendTcp: Schema<BackendTcp> = object<BackendTcp>('BackendTcp', 'TCP to a backend.', {
  keepalives: required(keepalive, 'Keep-alive probes.'),
  connectTimeout: required(duration, 'Time limit of connecting.'),
});

/** An HTTP CONNECT proxy to go through. */
export interface Tunnel {
  readonly proxy: BackendRef;
  readonly policies?: HelperPolicies;
}

export const tunnel: Schema<Tunnel> = object<Tunnel>('Tunnel', 'An HTTP CONNECT proxy to go through.', {
  proxy: required(backendRef, 'The proxy.'),
  policies: optional(
    lazy(() => helperPolicies),
    'Policies of the connection to the proxy.',
  ),
});

/** The kinds of {@link OAuthTokenExchange}. */
interface OAuthTokenExchangeKinds {
  readonly service: ServiceRef;
  readonly host: string;
  readonly backend: string;
}

/** What every {@link OAuthTokenExchange} may have. */
interface OAuthTokenExchangeCommon {
  readonly policies?: HelperPolicies;
  readonly path: string;
  readonly grantType: OAuthGrantType;
  readonly subjectToken: SubjectToken;
  readonly actorToken?: ActorToken;
  readonly audiences: readonly string[];
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  readonly requestedTokenType?: string;
  readonly clientAuth?: OAuthClientAuth;
  readonly additionalParams: Readonly<Record<string, CelText>>;
  readonly authorizationLocation: CredentialLocation;
  readonly cache?: TokenCache;
}

/** Exchanges the client's token for one that the backend takes. */
export type OAuthTokenExchange = OneOf<OAuthTokenExchangeKinds, OAuthTokenExchangeCommon>;

const oAuthTokenExchange: Schema<OAuthTokenExchange> = oneOfKeys<OAuthTokenExchangeKinds, OAuthTokenExchangeCommon>(
  'OAuthTokenExchange',
  "Exchanges the client's token for one that the backend takes.",
  {
    service: required(serviceRef, 'Token service from the services list.'),
    host: required(hostPort, 'Token service by host and port.'),
    backend: required(name, 'Token service as a named backend.'),
  },
  {
    policies: optional(
      lazy(() => helperPolicies),
      "Policies of the exchange's requests.",
    ),
    path: defaulted(text, '/', 'Path of the token endpoint.'),
    grantType: defaulted(oAuthGrantType, 'tokenExchange', 'Grant to use.'),
    subjectToken: defaulted(subjectToken, {}, 'The token to exchange.'),
    actorToken: optional(actorToken, 'Token of the acting party.'),
    audiences: defaulted(listOf(text), [], 'Audiences to ask for.'),
    scopes: defaulted(listOf(text), [], 'Scopes to ask for.'),
    resources: defaulted(listOf(text), [], 'Resources to ask for.'),
    requestedTokenType: optional(text, 'Kind of token to ask for.'),
    clientAuth: optional(oAuthClientAuth, 'How Waygate authenticates to the token service.'),
    additionalParams: defaulted(mapOf(cel), {}, 'Further parameters, computed.'),
    authorizationLocation: defaulted(
      credentialLocation,
      { header: { name: 'authorization', prefix: 'Bearer ' } },
      'Where the new token goes.',
    ),
    cache: optional(tokenCache, 'Cache of exchanged tokens.'),
  },
);

/** The kinds of {@link CrossAppAccessEndpoint}. */
interface CrossAppAccessEndpointKinds {
  readonly service: ServiceRef;
  readonly host: string;
  readonly backend: string;
}

/** What every {@link CrossAppAccessEndpoint} may have. */
interface CrossAppAccessEndpointCommon {
  readonly policies?: HelperPolicies;
  readonly path: string;
  readonly clientAuth: OAuthClientAuth;
}

/** A token endpoint. */
export type CrossAppAccessEndpoint = OneOf<CrossAppAccessEndpointKinds, CrossAppAccessEndpointCommon>;

const crossAppAccessEndpoint: Schema<CrossAppAccessEndpoint> = oneOfKeys<
  CrossAppAccessEndpointKinds,
  CrossAppAccessEndpointCommon
>(
  'CrossAppAccessEndpoint',
  'A token endpoint.',
  {
    service: required(serviceRef, 'From the services list.'),
    host: required(hostPort, 'By host and port.'),
    backend: required(name, 'As a named backend.'),
  },
  {
    policies: optional(
      lazy(() => helperPolicies),
      'Policies of the requests.',
    ),
    path: defaulted(text, '/', 'Path of the endpoint.'),
    clientAuth: required(oAuthClientAuth, 'How Waygate authenticates there.'),
  },
);

/** Access across applications by identity assertion. */
export interface CrossAppAccess {
  readonly identityProvider: CrossAppAccessEndpoint;
  readonly resourceAuthorizationServer: CrossAppAccessEndpoint;
  readonly audience: string;
  readonly resources: readonly string[];
  readonly scopes: readonly string[];
  readonly accessTokenScopes?: readonly string[];
  readonly subjectToken?: CrossAppSubjectToken;
  readonly cache?: TokenCache;
}

const crossAppAccess: Schema<CrossAppAccess> = object<CrossAppAccess>(
  'CrossAppAccess',
  'Access across applications by identity assertion.',
  {
    identityProvider: required(crossAppAccessEndpoint, 'Issues the assertion.'),
    resourceAuthorizationServer: required(crossAppAccessEndpoint, 'Turns the assertion into an access token.'),
    audience: required(text, 'Audience of the assertion.'),
    resources: defaulted(listOf(text), [], 'Resources to ask for.'),
    scopes: defaulted(listOf(text), [], 'Scopes of the assertion.'),
    accessTokenScopes: optional(listOf(text), 'Scopes of the access token, when others.'),
    subjectToken: optional(crossAppSubjectToken, "The user's token."),
    cache: optional(tokenCache, 'Cache of tokens.'),
  },
);

/** The kinds of {@link BackendAuthKind}. */
interface BackendAuthKindKinds {
  readonly passthrough: PassthroughAuth;
  readonly key: BackendKey;
  readonly gcp: GcpAuth;
  readonly aws: AwsAuth;
  readonly azure: AzureAuth;
  readonly jwtSign: JwtSignAuth;
  readonly oauthTokenExchange: OAuthTokenExchange;
  readonly crossAppAccess: CrossAppAccess;
}

/** What every {@link BackendAuthKind} may have. */
interface BackendAuthKindCommon {
  readonly credentials?: readonly BackendCredential[];
}

/** Credentials of one kind for a backend. */
type BackendAuthKind = OneOf<BackendAuthKindKinds, BackendAuthKindCommon>;

const backendAuthKind: Schema<BackendAuthKind> = oneOfKeys<BackendAuthKindKinds, BackendAuthKindCommon>(
  'BackendAuthKind',
  'Credentials of one kind for a backend.',
  {
    passthrough: required(passthroughAuth, "Send the client's own credential on."),
    key: required(union(secretText, fileRef, locatedKey), 'Send a static key.'),
    gcp: required(gcpAuth, 'Google Cloud credentials.'),
    aws: required(awsAuth, 'AWS request signatures.'),
    azure: required(azureAuth, 'Azure credentials.'),
    jwtSign: required(jwtSignAuth, 'A JWT that Waygate signs.'),
    oauthTokenExchange: required(oAuthTokenExchange, "A token exchanged for the client's (RFC 8693 or JWT bearer)."),
    crossAppAccess: required(crossAppAccess, 'A token by identity assertion (ID-JAG).'),
  },
  {
    credentials: omittable(listOf(backendCredential), 'Further keys to send beside the main one.'),
  },
);

/** Credentials that a backend gets: one main kind, or `copilot`, or additional keys alone. */
export type BackendAuth = 'copilot' | BackendAuthKind | ExtraCredentials;

export const backendAuth: Schema<BackendAuth> = union(literals('copilot'), backendAuthKind, extraCredentials);

/** Policies of requests that Waygate itself sends. */
export interface HelperPolicies {
  readonly requestHeaderModifier?: HeaderModifier;
  readonly transformations?: Transformations;
  readonly backendTLS?: BackendTls;
  readonly backendAuth?: BackendAuth;
  readonly http?: BackendHttp;
  readonly tcp?: BackendTcp;
  readonly backendTunnel?: Tunnel;
}

export const helperPolicies: Schema<HelperPolicies> = object<HelperPolicies>(
  'HelperPolicies',
  'Policies of requests that Waygate itself sends.',
  {
    requestHeaderModifier: optional(headerModifier, 'Header changes.'),
    transformations: optional(transformations, 'CEL transformations.'),
    backendTLS: optional(backendTls, 'TLS to the backend.'),
    backendAuth: optional(backendAuth, 'Credentials for the backend.'),
    http: optional(backendHttp, 'HTTP settings.'),
    tcp: optional(backendTcp, 'TCP settings.'),
    backendTunnel: optional(tunnel, 'Proxy to go through.'),
  },
);
