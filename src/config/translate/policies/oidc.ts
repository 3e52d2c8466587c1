import type { OidcSpec } from '../../../model/policies/oidc.ts';
import type { Oidc } from '../../schema/oidc.ts';
import { report, warn, type Context, type Path } from '../context.ts';
import { checkPlain, documentSource, isLoopback } from '../document.ts';

/** `oidc`; its cookies are sealed with OIDC_COOKIE_SECRET where the environment has one. */
export function oidc(context: Context, path: Path, config: Oidc): OidcSpec | undefined {
  const redirect = redirectUri(context, [...path, 'redirectURI'], config.redirectURI);
  const discovery =
    config.discovery === undefined ? undefined : documentSource(context, [...path, 'discovery'], config.discovery);
  const jwks = config.jwks === undefined ? undefined : documentSource(context, [...path, 'jwks'], config.jwks);
  checkPlain(context, [...path, 'issuer'], config.issuer);
  if (config.tokenEndpoint !== undefined) checkPlain(context, [...path, 'tokenEndpoint'], config.tokenEndpoint);
  const cookieKey = cookieSecret(context, path);
  const { logoutPath } = config;
  if (redirect !== undefined && logoutPath === redirect.pathname) {
    report(context, [...path, 'logoutPath'], 'it is the path of redirectURI, where browsers come back to');
  }
  if (redirect === undefined) return undefined;
  return {
    issuer: config.issuer,
    ...(discovery === undefined ? {} : { discovery }),
    ...(config.authorizationEndpoint === undefined ? {} : { authorizationEndpoint: config.authorizationEndpoint }),
    ...(config.tokenEndpoint === undefined ? {} : { tokenEndpoint: config.tokenEndpoint }),
    ...(config.endSessionEndpoint === undefined ? {} : { endSessionEndpoint: config.endSessionEndpoint }),
    ...(config.tokenEndpointAuth === undefined
      ? {}
      : { tokenEndpointAuth: config.tokenEndpointAuth === 'clientSecretBasic' ? 'basic' : 'post' }),
    ...(jwks === undefined ? {} : { jwks }),
    clientId: config.clientId,
    clientSecret: config.clientSecret,
    redirectUri: redirect.href,
    scopes: [...new Set(['openid', ...config.scopes])],
    ...(cookieKey === undefined ? {} : { cookieKey }),
    ...(logoutPath === undefined ? {} : { logoutPath }),
    ...(config.postLogoutRedirectURI === undefined ? {} : { postLogoutRedirectUri: config.postLogoutRedirectURI }),
    sessionTtlMs: config.sessionTtl,
  };
}

function redirectUri(context: Context, path: Path, text: string): URL | undefined {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.hash !== '' || url.search !== '') {
    report(
      context,
      path,
      'expected an absolute http or https URL without query, as in https://app.example/oauth/callback',
    );
    return undefined;
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    warn(context, path, `${text} is not encrypted: whoever is on the way can take sessions over; use https`);
  }
  return url;
}

function cookieSecret(context: Context, path: Path): string | undefined {
  const secret = context.env['OIDC_COOKIE_SECRET']?.trim();
  if (secret === undefined || secret === '') return undefined;
  if (/^[0-9a-fA-F]{64}$/.test(secret)) return secret;
  report(context, path, 'OIDC_COOKIE_SECRET must be 64 hexadecimal digits, as `openssl rand -hex 32` makes them');
  return undefined;
}
