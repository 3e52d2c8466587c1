import { hash } from 'node:crypto';
import { randomToken } from '../../../base/random.ts';
import { HeaderList } from '../../../net/http/headers.ts';
import type { RequestHead } from '../../../net/http/message.ts';
import type { LocalReply } from '../policy.ts';
import { cookieLines, expiredLines, readCookie, valueNames } from './cookies.ts';
import type { ReadyProvider } from './provider.ts';
import type { OidcSettings } from './settings.ts';

/** How long a browser has to sign in. */
export const loginSeconds = 600;

/** Sign-ins that one browser may have under way, in as many tabs; the oldest go first. */
const mostLogins = 6;

/** Cookies of sign-ins that are looked at, of however many someone sends; browsers send the oldest first (RFC 6265 §5.4). */
const mostLookedAt = 4 * mostLogins;

/** Characters of the longest address that a browser is led back to. */
const longestReturn = 2000;

/** What one sign-in keeps while the browser is away. */
export interface Login {
  readonly nonce: string;
  /** Of PKCE (RFC 7636 §4.1). */
  readonly verifier: string;
  /** Path and query of what was asked for. */
  readonly returnTo: string;
  readonly startedMs: number;
}

/** Sends the browser to the provider, with what it needs to come back in a cookie of its own. */
export function beginLogin(
  request: RequestHead,
  settings: OidcSettings,
  provider: ReadyProvider,
  now: number,
): LocalReply {
  const { spec } = settings;
  const state = randomToken();
  const login: Login = {
    nonce: randomToken(),
    verifier: randomToken(32),
    returnTo: returnTo(request, settings),
    startedMs: now,
  };
  const url = new URL(provider.authorizationEndpoint);
  const parameters = {
    response_type: 'code',
    client_id: spec.clientId,
    redirect_uri: spec.redirectUri,
    scope: spec.scopes.join(' '),
    state,
    nonce: login.nonce,
    code_challenge: hash('sha256', login.verifier, 'base64url'),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  const sealed = settings.login(state).seal(JSON.stringify(login));
  const lines = [
    ...(cookieLines(settings.loginPrefix + state, sealed, loginSeconds, settings, request.headers) ?? []),
    ...tooMany(request.headers, settings),
  ];
  return redirect(302, url.href, lines);
}

/** What the login of this state kept; null when this browser has not begun it, or too long ago. */
export function openLogin(headers: HeaderList, state: string, settings: OidcSettings, now: number): Login | null {
  const sealed = readCookie(headers, settings.loginPrefix + state);
  const text = sealed === null ? null : settings.login(state).open(sealed);
  if (text === null) return null;
  const login = JSON.parse(text) as Login;
  return now < login.startedMs + loginSeconds * 1000 ? login : null;
}

/** A redirect that no cache keeps. */
export function redirect(status: number, location: string, cookies: readonly string[]): LocalReply {
  const headers = new HeaderList(['location', location, 'cache-control', 'no-store']);
  for (const line of cookies) headers.append('set-cookie', line);
  return { status, headers, body: '' };
}

/** Path and query of a request; the start page instead of what is too long, or would only begin again. */
function returnTo({ path, query }: RequestHead, { callbackPath, spec }: OidcSettings): string {
  const short = path.length <= longestReturn && path.startsWith('/');
  if (!short || path === callbackPath || path === spec.logoutPath) return '/';
  return path.length + query.length > longestReturn ? path : path + query;
}

/** Takes the oldest cookies away where a browser has begun often and never come back. */
function tooMany(headers: HeaderList, settings: OidcSettings): readonly string[] {
  const names = valueNames(headers, settings.loginPrefix, mostLookedAt);
  if (names.length < mostLogins) return [];
  const started = (name: string): number => {
    const state = name.slice(settings.loginPrefix.length);
    const text = settings.login(state).open(readCookie(headers, name) ?? '');
    return text === null ? 0 : (JSON.parse(text) as Login).startedMs;
  };
  return names
    .map((name) => ({ name, at: started(name) }))
    .sort((a, b) => b.at - a.at)
    .slice(mostLogins - 1)
    .flatMap(({ name }) => expiredLines(name, settings, headers));
}
