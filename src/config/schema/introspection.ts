/** Tokens that their authorization server is asked about. */

import { authMode, bearer, tokenEndpointAuth, type AuthMode, type TokenEndpointAuth } from './auth.ts';
import { credentialLocation, secretOrFile, type CredentialLocation, type SecretOrFile } from './common.ts';
import { listOf } from './kit/collection.ts';
import { defaulted, optional, required } from './kit/field.ts';
import { httpUrl } from './kit/net.ts';
import type { Schema } from './kit/node.ts';
import { object } from './kit/object.ts';
import { duration, integer, text } from './kit/scalar.ts';

/** Opaque tokens that an authorization server is asked about (RFC 7662). */
export interface Introspection {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: SecretOrFile;
  readonly clientAuth: TokenEndpointAuth;
  readonly issuer?: string;
  readonly audiences?: readonly string[];
  readonly scopes: readonly string[];
  readonly mode?: AuthMode;
  readonly location: CredentialLocation;
  /** Milliseconds. */
  readonly cacheTtl: number;
  readonly cacheEntries: number;
  /** Milliseconds. */
  readonly timeout: number;
}

export const introspection: Schema<Introspection> = object<Introspection>(
  'Introspection',
  'Opaque tokens that an authorization server is asked about (RFC 7662).',
  {
    url: required(httpUrl, "The server's introspection endpoint."),
    clientId: required(text, 'Client id that the gateway asks with.'),
    clientSecret: required(secretOrFile, 'Its secret.'),
    clientAuth: defaulted(tokenEndpointAuth, 'clientSecretBasic', 'How the secret is sent.'),
    issuer: optional(text, 'The iss that an answer must have, where it has one.'),
    audiences: optional(listOf(text), 'Audiences of which a token must name one.'),
    scopes: defaulted(listOf(text), [], 'Scopes that a token must have, all of them.'),
    mode: optional(authMode, 'Whether a token must be there; strict when absent.'),
    location: defaulted(credentialLocation, bearer, 'Where the token stands.'),
    cacheTtl: defaulted(duration, '30s', 'How long an answer is good; never longer than the token.'),
    cacheEntries: defaulted(integer(0, 1_000_000), 10_000, 'Most answers kept.'),
    timeout: defaulted(duration, '5s', 'How long the server has to answer.'),
  },
);
