import { after, cancelTimer, wallMs } from '../../base/clock.ts';
import { GatewayError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { problemText } from './problem.ts';

/** A token as its issuer gave it. */
export interface Issued<T> {
  readonly value: T;
  /** Milliseconds since the Unix epoch when it ends; Infinity: it does not. */
  readonly expiresMs: number;
  /** When to ask again, where that is not a matter of expiry. */
  readonly refreshMs?: number;
}

/** Asks the issuer; the signal aborts when nobody wants the answer any more. */
export type Issue<T> = (signal: AbortSignal) => Promise<Issued<T>>;

/** What a {@link CachedToken} is told beside its issuer. */
export interface CachedTokenOptions {
  /** What errors and logs call it: `AWS credentials`. */
  readonly name: string;
  readonly log: Logger;
  /** Texts that must never reach a log. */
  readonly secrets?: readonly string[];
  /** Wall clock in milliseconds. */
  readonly now?: () => number;
  /** Milliseconds that an issuer has to answer. */
  readonly timeoutMs?: number;
}

/** The longest time before its end that a token is replaced; one that lives shortly is replaced in its last fifth. */
const maximumMarginMs = 300_000;
const marginShare = 0.2;

/** Milliseconds after a failure in which the issuer is not asked again; doubles up to the maximum. */
const firstBackoffMs = 1000;
const maximumBackoffMs = 30_000;

const defaultTimeoutMs = 10_000;

/**
 * A token that many requests share: fetched when the first one needs it, by one call however many wait, and replaced
 * before it ends while the old one still serves. Nothing happens while there are no requests.
 */
export class CachedToken<T> {
  readonly #issue: Issue<T>;
  readonly #options: CachedTokenOptions;
  readonly #now: () => number;
  readonly #abort: AbortController;
  #value: T | undefined;
  #expiresMs: number;
  #refreshMs: number;
  #pending: Promise<T> | null;
  #error: GatewayError | null;
  #failures: number;
  #retryMs: number;

  constructor(issue: Issue<T>, options: CachedTokenOptions) {
    this.#issue = issue;
    this.#options = options;
    this.#now = options.now ?? wallMs;
    this.#abort = new AbortController();
    this.#value = undefined;
    this.#expiresMs = 0;
    this.#refreshMs = 0;
    this.#pending = null;
    this.#error = null;
    this.#failures = 0;
    this.#retryMs = 0;
  }

  /** The token, at once while one is valid. Throws or rejects with `credentialsFailed`. */
  get(): T | Promise<T> {
    const now = this.#now();
    if (this.#value !== undefined && now < this.#expiresMs) {
      if (now >= this.#refreshMs && now >= this.#retryMs && this.#pending === null) {
        this.#fetch().catch(() => undefined); // it was logged, and the old one serves on
      }
      return this.#value;
    }
    if (this.#pending !== null) return this.#pending;
    if (this.#error !== null && now < this.#retryMs) throw this.#error;
    return this.#fetch();
  }

  /** Stops a call under way; {@link get} is not called after it. */
  close(): void {
    this.#abort.abort();
  }

  #fetch(): Promise<T> {
    this.#pending = this.#ask().then(
      (issued) => this.#take(issued),
      (cause: unknown) => this.#failed(cause),
    );
    return this.#pending;
  }

  /** Asks in a race against time, because not every issuer's library obeys a signal. */
  async #ask(): Promise<Issued<T>> {
    const limitMs = this.#options.timeoutMs ?? defaultTimeoutMs;
    const stop = new AbortController();
    const late = Promise.withResolvers<never>();
    const timer = after(limitMs, () => {
      late.reject(new Error(`no answer within ${limitMs} ms`));
      stop.abort();
    });
    const onClose = (): void => {
      late.reject(new Error('no longer needed'));
      stop.abort();
    };
    this.#abort.signal.addEventListener('abort', onClose, { once: true });
    try {
      const issued = await Promise.race([this.#issue(stop.signal), late.promise]);
      if (issued.expiresMs <= this.#now()) throw new Error('it has expired already; is the clock right?');
      return issued;
    } finally {
      cancelTimer(timer);
      this.#abort.signal.removeEventListener('abort', onClose);
    }
  }

  #take({ value, expiresMs, refreshMs }: Issued<T>): T {
    this.#pending = null;
    this.#error = null;
    this.#failures = 0;
    this.#retryMs = 0;
    this.#value = value;
    this.#expiresMs = expiresMs;
    const margin = Math.min(maximumMarginMs, (expiresMs - this.#now()) * marginShare);
    this.#refreshMs = Math.min(refreshMs ?? Infinity, expiresMs === Infinity ? Infinity : expiresMs - margin);
    return value;
  }

  #failed(cause: unknown): never {
    const { name, log, secrets = [] } = this.#options;
    this.#pending = null;
    this.#retryMs = this.#now() + Math.min(maximumBackoffMs, firstBackoffMs * 2 ** this.#failures);
    this.#failures++;
    if (!this.#abort.signal.aborted) {
      log.warn(`${name} could not be obtained`, { problem: problemText(cause, secrets), failures: this.#failures });
    }
    // Without the cause: what the log shows of it has just been cleared of secrets.
    this.#error = new GatewayError('credentialsFailed', `${name} could not be obtained`);
    throw this.#error;
  }
}
