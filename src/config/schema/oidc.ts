/** Browser sign-in. */

import { tokenEndpointAuth, type TokenEndpointAuth } from './auth.ts';
import { beyond, beyondDefault } from './beyond.ts';
import { document, type Document } from './common.ts';
import { listOf } from './kit/collection.ts';
import { defaulted, optional, required } from './kit/field.ts';
import { httpUrl, urlPath } from './kit/net.ts';
import type { Schema } from './kit/node.ts';
import { object } from './kit/object.ts';
import { duration, secretText, text } from './kit/scalar.ts';

/** Browser sign-in with OpenID Connect. */
export interface Oidc {
  readonly issuer: string;
  readonly discovery?: Document;
  readonly authorizationEndpoint?: string;
  readonly tokenEndpoint?: string;
  readonly tokenEndpointAuth?: TokenEndpointAuth;
  readonly jwks?: Document;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectURI: string;
  readonly scopes: readonly string[];
  readonly endSessionEndpoint?: string;
  readonly logoutPath?: string;
  readonly postLogoutRedirectURI?: string;
  /** Milliseconds. */
  readonly sessionTtl: number;
}

const at = 'routes[].policies.oidc';

export const oidc: Schema<Oidc> = object<Oidc>('Oidc', 'Browser sign-in with OpenID Connect.', {
  issuer: required(httpUrl, "The issuer's identifier."),
  discovery: optional(document, 'Its metadata, instead of the well-known document.'),
  authorizationEndpoint: optional(httpUrl, "Authorization endpoint, instead of the metadata's."),
  tokenEndpoint: optional(httpUrl, "Token endpoint, instead of the metadata's."),
  tokenEndpointAuth: optional(tokenEndpointAuth, 'How the secret is sent.'),
  jwks: optional(document, "Its keys, instead of the metadata's."),
  clientId: required(text, 'Client id.'),
  clientSecret: required(secretText, 'Client secret.'),
  redirectURI: required(text, 'Where the browser comes back to.'),
  scopes: defaulted(listOf(text), [], 'Scopes to ask for beside openid.'),
  endSessionEndpoint: beyond(`${at}.endSessionEndpoint`, httpUrl),
  logoutPath: beyond(`${at}.logoutPath`, urlPath),
  postLogoutRedirectURI: beyond(`${at}.postLogoutRedirectURI`, httpUrl),
  sessionTtl: beyondDefault(`${at}.sessionTtl`, duration),
});
