/** Parts of OAuth token requests. */

import { credentialLocation, secretOrFile, type CredentialLocation, type SecretOrFile } from './common.ts';
import { jwtSigningAlg, type JwtSigningAlg } from './credentials.ts';
import { literals } from './kit/collection.ts';
import { required, optional, omittable, defaulted, defaultedOrNull } from './kit/field.ts';
import type { Schema } from './kit/node.ts';
import { object } from './kit/object.ts';
import { text, duration, bool, integer } from './kit/scalar.ts';
import { union, lazy } from './kit/union.ts';

/** Client authentication by secret. */
interface ClientSecretAuth {
  readonly clientId: string;
  readonly clientSecret?: SecretOrFile;
  readonly method: 'clientSecretBasic' | 'clientSecretPost';
}

const clientSecretAuth: Schema<ClientSecretAuth> = object<ClientSecretAuth>(
  'ClientSecretAuth',
  'Client authentication by secret.',
  {
    clientId: required(text, 'Client id.'),
    clientSecret: optional(secretOrFile, 'Client secret.'),
    method: defaulted(literals('clientSecretBasic', 'clientSecretPost'), 'clientSecretBasic', 'How it is sent.'),
  },
);

/** Client authentication by signed assertion. */
interface PrivateKeyAuth {
  readonly clientId: string;
  readonly signingKey: SecretOrFile;
  readonly certificate?: SecretOrFile;
  readonly certificateHeader?: CertificateHeader;
  readonly alg: JwtSigningAlg;
  readonly kid?: string;
  readonly assertionAudience: string;
  readonly method: 'privateKeyJwt';
}

const privateKeyAuth: Schema<PrivateKeyAuth> = object<PrivateKeyAuth>(
  'PrivateKeyAuth',
  'Client authentication by signed assertion.',
  {
    clientId: required(text, 'Client id.'),
    signingKey: required(secretOrFile, 'Private key (PEM).'),
    certificate: optional(secretOrFile, 'Certificate of the key (PEM).'),
    certificateHeader: optional(
      lazy(() => certificateHeader),
      'Assertion header that carries the certificate.',
    ),
    alg: defaulted(jwtSigningAlg, 'RS256', 'Signature algorithm.'),
    kid: optional(text, 'Key id.'),
    assertionAudience: required(text, 'Audience of the assertion.'),
    method: required(literals('privateKeyJwt'), 'How it is sent.'),
  },
);

/** Grants of a token exchange. */
export type OAuthGrantType = 'tokenExchange' | 'jwtBearer';

export const oAuthGrantType: Schema<OAuthGrantType> = literals('tokenExchange', 'jwtBearer');

/** Header of a client assertion that carries the certificate or its hash. */
type CertificateHeader = 'x5c' | 'x5t#S256';

const certificateHeader: Schema<CertificateHeader> = literals('x5c', 'x5t#S256');

/** How Waygate authenticates as an OAuth client. */
export type OAuthClientAuth = ClientSecretAuth | PrivateKeyAuth;

export const oAuthClientAuth: Schema<OAuthClientAuth> = union(clientSecretAuth, privateKeyAuth);

/** The token that is exchanged. */
export interface SubjectToken {
  readonly source: CredentialLocation;
  readonly tokenType: string;
}

export const subjectToken: Schema<SubjectToken> = object<SubjectToken>('SubjectToken', 'The token that is exchanged.', {
  source: defaulted(
    credentialLocation,
    { header: { name: 'authorization', prefix: 'Bearer ' } },
    'Where it stands in the request.',
  ),
  tokenType: defaulted(text, 'urn:ietf:params:oauth:token-type:access_token', 'Its kind.'),
});

/** The acting party's token. */
export interface ActorToken {
  readonly source: CredentialLocation;
  readonly tokenType: string;
  readonly enforceMayAct: boolean;
}

export const actorToken: Schema<ActorToken> = object<ActorToken>('ActorToken', "The acting party's token.", {
  source: required(credentialLocation, 'Where it stands in the request.'),
  tokenType: defaulted(text, 'urn:ietf:params:oauth:token-type:access_token', 'Its kind.'),
  enforceMayAct: defaulted(bool, false, "Refuse unless the subject's token names this actor."),
});

/** A cache of tokens. */
export interface TokenCache {
  readonly maxEntries: number;
  readonly defaultTtl: number;
}

export const tokenCache: Schema<TokenCache> = object<TokenCache>('TokenCache', 'A cache of tokens.', {
  maxEntries: defaultedOrNull(integer(0), 8192, 'Most tokens kept; 0 turns the cache off.'),
  defaultTtl: defaultedOrNull(duration, '300s', 'Life of a token that does not say.'),
});

/** The user's token. */
export interface CrossAppSubjectToken {
  readonly source: CredentialLocation;
  readonly tokenType?: string;
}

export const crossAppSubjectToken: Schema<CrossAppSubjectToken> = object<CrossAppSubjectToken>(
  'CrossAppSubjectToken',
  "The user's token.",
  {
    source: defaulted(
      credentialLocation,
      { header: { name: 'authorization', prefix: 'Bearer ' } },
      'Where it stands in the request.',
    ),
    tokenType: omittable(text, 'Its kind.'),
  },
);
