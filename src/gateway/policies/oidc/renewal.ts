import { hash } from 'node:crypto';
import { after } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import type { TextBoard } from '../../../telemetry/shared/text-board.ts';
import { OAuthError } from '../../credentials/oauth/oauth-error.ts';
import { verifyIdToken } from './id-token.ts';
import type { ReadyProvider } from './provider.ts';
import { decodeSession, encodeSession, type Session, type SessionData } from './session.ts';
import type { OidcSettings } from './settings.ts';
import { grant, lifetimeMs, textOrNull } from './tokens.ts';

/** Tokens are renewed in the last fifth of their life, at most this long before its end. */
const mostEarlyMs = 60_000;
const earlyShare = 0.2;

/** How long a renewed session is kept for requests that still come with the cookie before. */
const keptMs = 60_000;

/** Renewals that are kept at once; further ones go on alone. */
const mostKept = 10_000;

/** How long tokens live when the provider does not say. */
const defaultLifeMs = 300_000;

/** In place of a session that the provider has ended. */
const ended = '';

interface Renewal {
  readonly result: Promise<SessionData | null>;
  isSettled: boolean;
}

/** What {@link Renewals} needs. */
export interface RenewalPorts {
  readonly settings: OidcSettings;
  readonly log: Logger;
  /** Where workers tell each other; null when there is one only. */
  readonly board: TextBoard | null;
  provider(): ReadyProvider | Promise<ReadyProvider>;
  now(): number;
}

/**
 * Renews sessions by their refresh tokens (OpenID Connect Core 1.0 §12): once for each token however many requests come
 * with it, since providers that rotate them take the second use of one for a theft (RFC 9700 §4.14.2).
 */
export class Renewals {
  readonly #ports: RenewalPorts;
  /** By what a cookie holds of the refresh token. */
  readonly #kept: Map<string, Renewal>;

  constructor(ports: RenewalPorts) {
    this.#ports = ports;
    this.#kept = new Map();
  }

  /** True when the tokens of a session should be renewed: they have ended, or soon will. */
  isDue({ refreshToken, renewedMs, expiresMs }: SessionData): boolean {
    if (refreshToken === null) return false;
    return this.#ports.now() >= expiresMs - Math.min(mostEarlyMs, (expiresMs - renewedMs) * earlyShare);
  }

  /** True when a request with the same token is being served already. */
  isUnderWay(session: Session): boolean {
    return this.#kept.get(keyOf(session))?.isSettled === false;
  }

  /**
   * The session with new tokens; null when the provider has ended it. Rejects with `authenticationUnavailable` when it
   * cannot be asked.
   */
  renew(session: Session): Promise<SessionData | null> {
    const { refreshToken } = session;
    if (refreshToken === null) return Promise.resolve(null);
    const key = keyOf(session);
    const known = this.#kept.get(key);
    if (known !== undefined) return known.result;
    const renewal: Renewal = { result: this.#inTurn(session, refreshToken), isSettled: false };
    if (this.#kept.size >= mostKept) return renewal.result;
    this.#kept.set(key, renewal);
    renewal.result
      .then(() => {
        renewal.isSettled = true;
        after(keptMs, () => this.#kept.delete(key));
      })
      // The next request tries again.
      .catch(() => this.#kept.delete(key));
    return renewal.result;
  }

  /** Asks, unless another worker does or has done. */
  async #inTurn(session: Session, refreshToken: string): Promise<SessionData | null> {
    const { board, settings } = this.#ports;
    if (board === null) return this.#ask(session, refreshToken);
    const key = keyOf(session);
    const entry = await board.enter(Buffer.from(key, 'base64url').readBigUInt64LE());
    if (entry === null) return this.#ask(session, refreshToken);
    const sealer = settings.renewal(key);
    if (entry.kind === 'text') {
      const text = sealer.open(entry.text);
      if (text === null) return this.#ask(session, refreshToken);
      return text === ended ? null : decodeSession(text);
    }
    try {
      const renewed = await this.#ask(session, refreshToken);
      const text = sealer.seal(renewed === null ? ended : encodeSession(renewed));
      board.publish(entry.slot, text, this.#ports.now() + keptMs);
      return renewed;
    } catch (error) {
      board.giveUp(entry.slot);
      throw error;
    }
  }

  async #ask(session: Session, refreshToken: string): Promise<SessionData | null> {
    const { settings, log } = this.#ports;
    const provider = await this.#ports.provider();
    const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
    const answer = await grant(provider, form, settings, log);
    if (answer instanceof OAuthError) return null;
    const now = this.#ports.now();
    const idToken = textOrNull(answer, 'id_token');
    const renewed = {
      ...dataOf(session),
      refreshToken: textOrNull(answer, 'refresh_token') ?? refreshToken,
      renewedMs: now,
    };
    // A provider may renew without a new ID token (§12.2): then what is known of the user stays as it is.
    if (idToken === null) return { ...renewed, expiresMs: now + (lifetimeMs(answer) ?? defaultLifeMs) };
    const expected = { clientId: settings.spec.clientId, nonce: null, subject: String(session.claims['sub']) };
    const claims = await verifyIdToken(idToken, provider, expected);
    if (typeof claims === 'string') {
      log.warn('a renewed ID token is not valid', { issuer: settings.spec.issuer, why: claims });
      return null;
    }
    return { ...renewed, idToken, expiresMs: Number(claims['exp']) * 1000 };
  }
}

function dataOf({ id, idToken, refreshToken, signedInMs, renewedMs, expiresMs }: Session): SessionData {
  return { id, idToken, refreshToken, signedInMs, renewedMs, expiresMs };
}

/** A token that is not rotated has a key for each time that it was used. */
function keyOf({ refreshToken, renewedMs }: SessionData): string {
  return hash('sha256', `${renewedMs} ${refreshToken ?? ''}`, 'base64url');
}
