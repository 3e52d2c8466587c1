import { X509Certificate } from 'node:crypto';
import type {
  CrossAppSpec,
  OAuthClientSpec,
  TokenCacheSpec,
  TokenEndpointSpec,
  TokenExchangeSpec,
} from '../../model/policies/backend-auth.ts';
import type { CrossAppAccess, CrossAppAccessEndpoint, OAuthTokenExchange } from '../schema/connect.ts';
import type { OAuthClientAuth, TokenCache } from '../schema/oauth.ts';
import type { PoliciesOf } from './backend-auth.ts';
import { report, type Context, type Path } from './context.ts';
import { locationField } from './credential-place.ts';
import { expressionMap } from './expressions.ts';
import { helperTargetWith } from './helper-place.ts';
import { signingKey } from './jwt-sign.ts';
import { credentialSource } from './policies/credential-sources.ts';
import { secret } from './secret.ts';

/** As agentgateway's: what a cache is where the file does not say. */
const usualCache: TokenCacheSpec = { maxEntries: 8192, defaultTtlMs: 300_000 };

const idToken = 'urn:ietf:params:oauth:token-type:id_token';

/** Parameters that have keys of their own. */
const ownParameters: ReadonlySet<string> = new Set([
  'grant_type',
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
  'assertion',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
]);

/** The client's token exchanged for another. */
export function tokenExchange(
  context: Context,
  path: Path,
  config: OAuthTokenExchange,
  policiesOf: PoliciesOf,
): TokenExchangeSpec | undefined {
  const { actorToken, subjectToken, grantType } = config;
  if (actorToken !== undefined && grantType === 'jwtBearer') {
    report(context, [...path, 'actorToken'], 'the grant jwtBearer has no actor; use tokenExchange');
  }
  for (const name of Object.keys(config.additionalParams)) {
    if (!ownParameters.has(name)) continue;
    report(context, [...path, 'additionalParams', name], `${name} follows from the other keys`);
  }
  const endpoint = tokenEndpoint(context, path, config, config.clientAuth, policiesOf);
  if (endpoint === undefined) return undefined;
  return {
    kind: 'tokenExchange',
    endpoint,
    grant: grantType,
    subject: {
      origin: credentialSource(context, [...path, 'subjectToken', 'source'], subjectToken.source),
      type: subjectToken.tokenType,
    },
    ...(actorToken === undefined
      ? {}
      : {
          actor: {
            origin: credentialSource(context, [...path, 'actorToken', 'source'], actorToken.source),
            type: actorToken.tokenType,
            enforceMayAct: actorToken.enforceMayAct,
          },
        }),
    audiences: config.audiences,
    scopes: config.scopes,
    resources: config.resources,
    ...(config.requestedTokenType === undefined ? {} : { requestedType: config.requestedTokenType }),
    parameters: expressionMap(context, [...path, 'additionalParams'], config.additionalParams, 'request'),
    ...locationField(context, [...path, 'authorizationLocation'], config.authorizationLocation),
    cache: cacheSpec(config.cache),
  };
}

/** A token of another domain. */
export function crossApp(
  context: Context,
  path: Path,
  config: CrossAppAccess,
  policiesOf: PoliciesOf,
): CrossAppSpec | undefined {
  const endpoint = (name: string, at: CrossAppAccessEndpoint): TokenEndpointSpec | undefined =>
    tokenEndpoint(context, [...path, name], at, at.clientAuth, policiesOf);
  const identityProvider = endpoint('identityProvider', config.identityProvider);
  const authorizationServer = endpoint('resourceAuthorizationServer', config.resourceAuthorizationServer);
  if (identityProvider === undefined || authorizationServer === undefined) return undefined;
  const { subjectToken } = config;
  return {
    kind: 'crossAppAccess',
    identityProvider,
    authorizationServer,
    audience: config.audience,
    resources: config.resources,
    scopes: config.scopes,
    ...(config.accessTokenScopes === undefined ? {} : { accessScopes: config.accessTokenScopes }),
    subject: {
      origin:
        subjectToken === undefined
          ? { kind: 'header', name: 'authorization', prefix: 'Bearer ' }
          : credentialSource(context, [...path, 'subjectToken', 'source'], subjectToken.source),
      type: subjectToken?.tokenType ?? idToken,
    },
    cache: cacheSpec(config.cache),
  };
}

function tokenEndpoint(
  context: Context,
  path: Path,
  config: Omit<CrossAppAccessEndpoint, 'clientAuth'>,
  auth: OAuthClientAuth | undefined,
  policiesOf: PoliciesOf,
): TokenEndpointSpec | undefined {
  const target = helperTargetWith(context, path, config, policiesOf);
  const client = auth === undefined ? undefined : oauthClient(context, [...path, 'clientAuth'], auth);
  if (target === undefined || (auth !== undefined && client === undefined)) return undefined;
  return {
    target,
    path: config.path.startsWith('/') ? config.path : `/${config.path}`,
    ...(client === undefined ? {} : { client }),
  };
}

function oauthClient(context: Context, path: Path, config: OAuthClientAuth): OAuthClientSpec | undefined {
  if (config.method !== 'privateKeyJwt') {
    const { clientId, method } = config;
    const clientSecret =
      config.clientSecret === undefined ? undefined : secret(context, [...path, 'clientSecret'], config.clientSecret);
    if (config.clientSecret !== undefined && clientSecret === undefined) return undefined;
    return {
      kind: 'secret',
      clientId,
      ...(clientSecret === undefined ? {} : { clientSecret }),
      method: method === 'clientSecretBasic' ? 'basic' : 'post',
    };
  }
  const key = signingKey(context, path, config);
  const pem =
    config.certificate === undefined ? undefined : secret(context, [...path, 'certificate'], config.certificate);
  if (config.certificateHeader !== undefined && config.certificate === undefined) {
    report(context, [...path, 'certificateHeader'], 'there is no certificate to put there');
  }
  if (pem !== undefined && !isCertificate(pem)) {
    report(context, [...path, 'certificate'], 'expected a certificate in PEM');
    return undefined;
  }
  if (key === undefined) return undefined;
  return {
    kind: 'privateKey',
    ...key,
    clientId: config.clientId,
    audience: config.assertionAudience,
    ...(pem === undefined ? {} : { certificate: { pem, header: config.certificateHeader ?? 'x5c' } }),
  };
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== null;
  } catch {
    return false; // the caller says so
  }
}

function cacheSpec(config: TokenCache | undefined): TokenCacheSpec {
  return config === undefined ? usualCache : { maxEntries: config.maxEntries, defaultTtlMs: config.defaultTtl };
}
