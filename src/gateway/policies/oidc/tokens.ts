import { GatewayError } from '../../../base/errors.ts';
import { after, cancelTimer } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import { OAuthError } from '../../credentials/oauth/oauth-error.ts';
import { askToken, type TokenAnswer } from '../../credentials/oauth/token-endpoint.ts';
import { problemText } from '../../credentials/problem.ts';
import type { OidcSettings } from './settings.ts';
import type { ReadyProvider } from './provider.ts';

/** How long a provider has to answer. */
const timeoutMs = 10_000;

/**
 * What the provider's token endpoint grants; an {@link OAuthError} where it refuses the grant itself. Rejects with
 * `authenticationUnavailable` where it cannot be asked, or does not know this client: that is no fault of the browser's.
 */
export async function grant(
  provider: ReadyProvider,
  form: Readonly<Record<string, string>>,
  settings: OidcSettings,
  log: Logger,
): Promise<TokenAnswer | OAuthError> {
  const stop = new AbortController();
  const timer = after(timeoutMs, () => stop.abort(new Error(`no answer within ${timeoutMs} ms`)));
  try {
    return await askToken(provider.token, new URLSearchParams(form), stop.signal);
  } catch (error) {
    if (error instanceof OAuthError && (error.code === 'invalid_grant' || error.code === 'access_denied')) return error;
    log.warn('an identity provider gave no token', {
      issuer: settings.spec.issuer,
      problem: problemText(error, [settings.spec.clientSecret, ...Object.values(form)]),
    });
    throw new GatewayError('authenticationUnavailable', 'the identity provider gave no token', { retryAfter: 1 });
  } finally {
    cancelTimer(timer);
  }
}

/** A member that is a text, or null. */
export function textOrNull(answer: TokenAnswer, name: string): string | null {
  const value = answer[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** `expires_in` of an answer in milliseconds; null where it does not say. */
export function lifetimeMs(answer: TokenAnswer): number | null {
  const seconds = Number(answer['expires_in'] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : null;
}
