import { GatewayError } from '../../base/errors.ts';
import type { HeaderList } from '../../net/http/headers.ts';
import type { LimitName } from '../record/recorder.ts';

/** What is taken of limits of tokens before an LLM call is made. */
export interface TokenEstimate {
  /** Tokens of the request. */
  readonly input: number;
  /** Most tokens that it lets the answer have; 0: it does not say. */
  readonly output: number;
  /** `input` was counted by a tokenizer. */
  readonly counted: boolean;
}

/** A limit of tokens that an exchange is under. */
export interface TokenLimit {
  /** Takes what a call is expected to use; throws GatewayError `rateLimitExceeded`. A promise only where it must wait. */
  reserve(estimate: TokenEstimate): undefined | Promise<undefined>;
  /**
   * The exchange has ended.
   * @param used Tokens of all its calls; null: not known, what was reserved counts.
   */
  settle(used: number | null): void;
}

/** What the limits of one exchange have said: for the fields of its response, and for the LLM calls that it makes. */
export class ExchangeLimits {
  /** Of the limit that has the least left. */
  #limit = 0;
  #remaining = Infinity;
  #resetMs = 0;
  readonly #tokens: TokenLimit[] = [];
  readonly #recorder: { limited(limit: LimitName): void };

  constructor(recorder: { limited(limit: LimitName): void }) {
    this.#recorder = recorder;
  }

  /** A limit of this kind refuses the request: it is counted. */
  refused(limit: LimitName): void {
    this.#recorder.limited(limit);
  }

  /** Where a limit stands: the size of its bucket, what is left, milliseconds until it is filled again. */
  note(limit: number, remaining: number, resetMs: number): void {
    if (remaining >= this.#remaining) return;
    this.#limit = limit;
    this.#remaining = remaining;
    this.#resetMs = resetMs;
  }

  /** Sets `x-ratelimit-limit`, `-remaining` and `-reset` (whole seconds) as agentgateway names them. */
  setFields(headers: HeaderList): void {
    if (this.#remaining === Infinity) return;
    headers.set('x-ratelimit-limit', String(this.#limit));
    headers.set('x-ratelimit-remaining', String(Math.max(0, Math.floor(this.#remaining))));
    headers.set('x-ratelimit-reset', String(Math.ceil(this.#resetMs / 1000)));
  }

  addTokens(limit: TokenLimit): void {
    this.#tokens.push(limit);
  }

  /** True when LLM calls must {@link reserve}. */
  get countsTokens(): boolean {
    return this.#tokens.length > 0;
  }

  /** Takes what an LLM call is expected to use. @throws GatewayError `rateLimitExceeded`, `rateLimitFailed` */
  reserve(estimate: TokenEstimate): undefined | Promise<undefined> {
    return this.#reserveFrom(0, estimate);
  }

  #reserveFrom(index: number, estimate: TokenEstimate): undefined | Promise<undefined> {
    for (let i = index; i < this.#tokens.length; i++) {
      const pending = this.#tokens[i]?.reserve(estimate);
      if (pending !== undefined) return pending.then(() => this.#reserveFrom(i + 1, estimate));
    }
    return undefined;
  }

  settle(used: number | null): void {
    for (const limit of this.#tokens) limit.settle(used);
  }
}

/** For a request that a limit does not allow now. @param waitMs Until it would; 0: not known. */
export function limitExceeded(type: 'requests' | 'tokens', waitMs: number): GatewayError {
  const seconds = Math.ceil(waitMs / 1000);
  const when = seconds > 0 ? `; try again in ${seconds === 1 ? 'a second' : `${seconds} seconds`}` : '';
  const what = type === 'tokens' ? 'too many tokens were used' : 'too many requests were made';
  return new GatewayError('rateLimitExceeded', `${what}${when}`, seconds > 0 ? { retryAfter: seconds } : {});
}
