import { after, cancelTimer, wallMs } from '../../../base/clock.ts';
import { GatewayError } from '../../../base/errors.ts';
import { LruMap } from '../../../base/lru.ts';
import type { Logger } from '../../../base/logger.ts';
import type { TokenCacheSpec } from '../../../model/policies/backend-auth.ts';
import type { Issue } from '../cached-token.ts';
import { OAuthError } from '../oauth/oauth-error.ts';
import { problemText } from '../problem.ts';
import type { SharedTokens, UsableToken } from './shared-tokens.ts';

/** What is kept of a token: itself until it ends, or a failure for a moment. */
type Kept = UsableToken | { readonly error: GatewayError; readonly untilMs: number };

/** A token is not used in its last tenth, at most this long before its end. */
const mostEarlyMs = 30_000;
const earlyShare = 0.1;

/** A refusal holds for a moment: requests with a token that is no good do not reach the token endpoint each. */
const refusedMs = 3000;

const timeoutMs = 10_000;

/** What a {@link TokenCache} is told. */
export interface TokenCacheOptions extends TokenCacheSpec {
  /** What errors and logs call the tokens: `exchanged tokens`. */
  readonly name: string;
  readonly log: Logger;
  /** Where the other workers' are; null: there are none. */
  readonly shared: SharedTokens | null;
  readonly now?: () => number;
}

/**
 * Tokens that are made from other tokens, by the digest of what they were made from: one call however many requests wait,
 * at most so many kept, and none longer than it is good.
 */
export class TokenCache {
  readonly #options: TokenCacheOptions;
  readonly #now: () => number;
  readonly #kept: LruMap<string, Kept> | null;
  readonly #pending: Map<string, Promise<string>>;
  readonly #abort: AbortController;

  constructor(options: TokenCacheOptions) {
    this.#options = options;
    this.#now = options.now ?? wallMs;
    this.#kept = options.maxEntries === 0 ? null : new LruMap(options.maxEntries);
    this.#pending = new Map();
    this.#abort = new AbortController();
  }

  /**
   * The token of `key`, at once while it is known. Throws or rejects with `credentialsFailed`.
   *
   * @param issue Asks for it; its `expiresMs` is Infinity where the answer does not say.
   * @param secrets Texts that must never reach a log.
   */
  get(key: string, issue: Issue<string>, secrets: readonly string[]): string | Promise<string> {
    const kept = this.#kept?.get(key);
    if (kept !== undefined && this.#now() < kept.untilMs) {
      if ('error' in kept) throw kept.error;
      return kept.token;
    }
    const known = this.#pending.get(key);
    if (known !== undefined) return known;
    const pending = this.#ask(key, issue, secrets).finally(() => this.#pending.delete(key));
    this.#pending.set(key, pending);
    return pending;
  }

  /** Stops calls under way. */
  close(): void {
    this.#abort.abort();
  }

  async #ask(key: string, issue: Issue<string>, secrets: readonly string[]): Promise<string> {
    const late = new AbortController();
    const timer = after(timeoutMs, () => late.abort(new Error(`no answer within ${timeoutMs} ms`)));
    try {
      const { shared } = this.#options;
      const ask = async (): Promise<UsableToken> => {
        const { value, expiresMs } = await issue(AbortSignal.any([late.signal, this.#abort.signal]));
        const now = this.#now();
        const life = Math.max(0, expiresMs === Infinity ? this.#options.defaultTtlMs : expiresMs - now);
        return { token: value, untilMs: now + life - Math.min(mostEarlyMs, life * earlyShare) };
      };
      const made = await (shared === null || this.#kept === null ? ask() : shared.once(key, ask));
      this.#kept?.set(key, made);
      return made.token;
    } catch (cause) {
      throw this.#failed(key, cause, secrets);
    } finally {
      cancelTimer(timer);
    }
  }

  #failed(key: string, cause: unknown, secrets: readonly string[]): GatewayError {
    if (cause instanceof GatewayError && cause.reason !== 'internal' && cause.source !== 'upstream') return cause;
    const { name, log } = this.#options;
    log.warn(`${name} could not be obtained`, { problem: problemText(cause, secrets) });
    const why = cause instanceof OAuthError && cause.code !== '' ? `: ${cause.code}` : '';
    const error = new GatewayError('credentialsFailed', `${name} could not be obtained${why}`);
    if (cause instanceof OAuthError && cause.status < 500) {
      this.#kept?.set(key, { error, untilMs: this.#now() + refusedMs });
    }
    return error;
  }
}
