import { GatewayError } from '../../../base/errors.ts';
import { HeaderList } from '../../../net/http/headers.ts';
import type { RequestHead } from '../../../net/http/message.ts';
import { postTo, type TokenEndpoint } from '../../credentials/oauth/token-endpoint.ts';
import type { LocalReply } from '../policy.ts';
import { redirect } from './login.ts';
import type { ReadyProvider } from './provider.ts';
import type { Session } from './session.ts';
import type { OidcSettings } from './settings.ts';

/**
 * Refuses a request that another site makes a browser send: it would sign people out against their will.
 *
 * @throws GatewayError `crossSiteRequest`
 */
export function checkLogout({ method, headers }: RequestHead, { origin }: OidcSettings): void {
  if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') {
    throw new GatewayError('methodNotAllowed', 'a session is ended with GET or POST', {
      fields: [['allow', 'GET, POST']],
    });
  }
  const site = headers.get('sec-fetch-site');
  const from = headers.get('origin');
  if (site === 'cross-site' || (from !== undefined && from !== origin)) throw new GatewayError('crossSiteRequest');
}

/**
 * Where the browser goes when its session has ended: to the provider, which ends its own (OpenID Connect RP-Initiated
 * Logout 1.0 §2), else to the page that the configuration names, else nowhere.
 */
export function afterLogout(
  session: Session | null,
  provider: ReadyProvider | null,
  { spec }: OidcSettings,
  cookies: readonly string[],
): LocalReply {
  const next = spec.postLogoutRedirectUri;
  const endpoint = provider?.endSessionEndpoint ?? null;
  if (session === null || endpoint === null) {
    if (next !== undefined) return redirect(303, next, cookies);
    const headers = new HeaderList(['content-type', 'text/plain; charset=utf-8', 'cache-control', 'no-store']);
    for (const line of cookies) headers.append('set-cookie', line);
    return { status: 200, headers, body: 'You are signed out.\n' };
  }
  const url = new URL(endpoint);
  url.searchParams.set('id_token_hint', session.idToken);
  url.searchParams.set('client_id', spec.clientId);
  if (next !== undefined) url.searchParams.set('post_logout_redirect_uri', next);
  return redirect(303, url.href, cookies);
}

/** Milliseconds that a browser waits for the refresh token to be given up; its session has ended in any case. */
const revocationMs = 2000;

/** Gives a refresh token up (RFC 7009), where the provider has a way to. Rejects where that fails. */
export async function revoke(
  session: Session,
  provider: ReadyProvider,
  fetch: Parameters<typeof postTo>[1],
): Promise<void> {
  const { refreshToken } = session;
  const { revocationEndpoint, token } = provider;
  if (refreshToken === null || revocationEndpoint === null) return;
  const endpoint: Pick<TokenEndpoint, 'post'> = { post: postTo(revocationEndpoint, fetch) };
  const form = new URLSearchParams({ token: refreshToken, token_type_hint: 'refresh_token' });
  const fields: Record<string, string> = {};
  token.authenticate(form, fields);
  await endpoint.post(fields, form.toString(), AbortSignal.timeout(revocationMs));
}
