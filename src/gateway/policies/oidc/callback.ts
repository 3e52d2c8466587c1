import { randomBytes } from 'node:crypto';
import { GatewayError } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import type { RequestHead } from '../../../net/http/message.ts';
import { OAuthError, safeCode } from '../../credentials/oauth/oauth-error.ts';
import type { LocalReply } from '../policy.ts';
import { expiredLines } from './cookies.ts';
import { verifyIdToken } from './id-token.ts';
import { openLogin, redirect, type Login } from './login.ts';
import type { ReadyProvider } from './provider.ts';
import type { SessionData } from './session.ts';
import type { SessionJar } from './session-jar.ts';
import type { OidcSettings } from './settings.ts';
import { grant, textOrNull } from './tokens.ts';

/** What the callback is answered with. */
export interface CallbackPorts {
  readonly settings: OidcSettings;
  readonly jar: SessionJar;
  readonly log: Logger;
  provider(): ReadyProvider | Promise<ReadyProvider>;
  now(): number;
}

const stateShape = /^[\w-]{22}$/;

/** The state of a request to the callback path; null: it is none that a provider led here. */
export function callbackState({ method, query }: RequestHead): string | null {
  if ((method !== 'GET' && method !== 'HEAD') || !query.includes('state=')) return null;
  const parameters = new URLSearchParams(query);
  const states = parameters.getAll('state');
  const [state = ''] = states;
  return states.length === 1 && stateShape.test(state) && (parameters.has('code') || parameters.has('error'))
    ? state
    : null;
}

/**
 * Ends a sign-in (OpenID Connect Core 1.0 §3.1.2.5): the code becomes a session, and the browser goes on to what it had
 * asked for. Whatever comes of it, the state is used up.
 */
export async function endLogin(request: RequestHead, state: string, ports: CallbackPorts): Promise<LocalReply> {
  const { settings, jar } = ports;
  const used = expiredLines(settings.loginPrefix + state, settings, request.headers);
  const fields = used.map((line) => ['set-cookie', line] as const);
  const login = openLogin(request.headers, state, settings, ports.now());
  if (login === null) {
    throw new GatewayError(
      'authenticationFailed',
      'this browser has not begun this sign-in, or more than ten minutes ago, or has ended it already; ' +
        `open the page again, at ${settings.origin}`,
      { fields: [...fields, ['www-authenticate', challenge(settings)]] },
    );
  }
  const refuse = (why: string): never => {
    ports.log.warn('a sign-in was refused', { issuer: settings.spec.issuer, why });
    throw new GatewayError('authenticationFailed', `the sign-in was refused: ${why}`, {
      fields: [...fields, ['www-authenticate', challenge(settings)]],
    });
  };
  const provider = await ports.provider();
  const code = codeOf(new URLSearchParams(request.query), provider, settings);
  if (typeof code !== 'string') return refuse(code.why);
  const session = await redeem(code, login, provider, ports);
  if (typeof session === 'string') return refuse(session);
  // A new session whatever the browser had before: what it had may have been given to it by someone else.
  const cookies = jar.store(session, request.headers);
  if (cookies === null) return refuse('the tokens of the provider are too long for cookies');
  // With the origin in it, so that no path can be read as another host.
  return redirect(302, settings.origin + login.returnTo, [...used, ...cookies]);
}

/** What clients without a session are told with a 401, which must have a challenge (RFC 9110 §15.5.2). */
export function challenge({ origin }: OidcSettings): string {
  return `Cookie realm="${origin}"`;
}

/** The code that the provider gave, or why there is none. */
function codeOf(
  parameters: URLSearchParams,
  provider: ReadyProvider,
  { spec }: OidcSettings,
): string | { readonly why: string } {
  const issuer = parameters.get('iss');
  // RFC 9207 §2.4: the answer of another provider must not get to the token endpoint of this one.
  if (issuer === null ? provider.sendsIssuer : issuer !== spec.issuer)
    return { why: 'another provider answered (iss)' };
  const error = parameters.get('error');
  if (error !== null) return { why: `the provider says ${safeCode(error) || 'no'}` };
  const codes = parameters.getAll('code');
  return codes.length === 1 && codes[0] !== undefined && codes[0] !== '' ? codes[0] : { why: 'there is no one code' };
}

/** The session that a code is good for, or why there is none. */
async function redeem(
  code: string,
  login: Login,
  provider: ReadyProvider,
  { settings, log, now }: CallbackPorts,
): Promise<SessionData | string> {
  const { spec } = settings;
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: spec.redirectUri,
    code_verifier: login.verifier,
  };
  const answer = await grant(provider, form, settings, log);
  if (answer instanceof OAuthError) return `the provider does not take the code (${answer.code})`;
  const idToken = textOrNull(answer, 'id_token');
  if (idToken === null) return 'the provider gave no ID token; the scopes must have openid';
  const expected = { clientId: spec.clientId, nonce: login.nonce, subject: null };
  const claims = await verifyIdToken(idToken, provider, expected);
  if (typeof claims === 'string') return `the ID token is not valid: ${claims}`;
  const at = now();
  return {
    id: randomBytes(8).toString('base64url'),
    idToken,
    refreshToken: textOrNull(answer, 'refresh_token'),
    signedInMs: at,
    renewedMs: at,
    expiresMs: Number(claims['exp']) * 1000,
  };
}
