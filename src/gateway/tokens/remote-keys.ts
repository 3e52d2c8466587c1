import { after, cancelTimer, wallMs } from '../../base/clock.ts';
import { GatewayError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { WebFetch } from '../../base/web-fetch.ts';
import { problemText } from '../credentials/problem.ts';
import { limitedText } from '../credentials/token-request.ts';
import { freshMs } from './freshness.ts';
import { KeySet } from './key-set.ts';
import type { KeySource } from './key-source.ts';

/** What {@link RemoteKeys} needs of its worker. */
export interface RemoteKeysPorts {
  readonly log: Logger;
  readonly fetch: WebFetch;
  /** Wall clock in milliseconds. */
  readonly now?: () => number;
}

/** Milliseconds between two fetches for tokens of unknown keys, however many such tokens come. */
const renewalIntervalMs = 30_000;
/** After a failure the server is left alone for a while. */
const retryMs = 15_000;
/** How old keys may be when the server does not answer: then a key that was withdrawn would be good for ever. */
const mostStaleMs = 24 * 3_600_000;
const timeoutMs = 10_000;

/**
 * Keys behind a URL: fetched by one call however many wait, kept as long as the answer says, and replaced in the
 * background when a request finds them old. While the server fails the old keys serve on, for a day.
 */
export class RemoteKeys implements KeySource {
  readonly #url: string;
  readonly #ports: RemoteKeysPorts;
  readonly #now: () => number;
  readonly #abort: AbortController;
  #text: string;
  #keys: KeySet | null;
  /** When the keys were fetched, and until when they are fresh. */
  #fetchedMs: number;
  #freshUntilMs: number;
  #pending: Promise<KeySet> | null;
  /** No fetch before this, after a failure. */
  #retryAtMs: number;
  /** No fetch for an unknown key before this. */
  #renewalAtMs: number;

  constructor(url: string, ports: RemoteKeysPorts) {
    this.#url = url;
    this.#ports = ports;
    this.#now = ports.now ?? wallMs;
    this.#abort = new AbortController();
    this.#text = '';
    this.#keys = null;
    this.#fetchedMs = 0;
    this.#freshUntilMs = 0;
    this.#pending = null;
    this.#retryAtMs = 0;
    this.#renewalAtMs = 0;
  }

  /** Begins to fetch, so that the first request need not wait. */
  warm(): void {
    this.#fetch().catch(() => undefined); // it was logged, and requests try again
  }

  current(): KeySet | Promise<KeySet> {
    const now = this.#now();
    const keys = this.#keys;
    if (keys !== null && now < this.#freshUntilMs) return keys;
    if (keys !== null && now < this.#fetchedMs + mostStaleMs) {
      if (this.#pending === null && now >= this.#retryAtMs) this.warm();
      return keys;
    }
    if (this.#pending !== null) return this.#pending;
    if (now < this.#retryAtMs) throw this.#unavailable();
    return this.#fetch();
  }

  renewed(): Promise<KeySet> | null {
    if (this.#pending !== null) return this.#pending;
    const now = this.#now();
    if (now < this.#renewalAtMs || now < this.#retryAtMs) return null;
    this.#renewalAtMs = now + renewalIntervalMs;
    return this.#fetch();
  }

  /** Stops a call under way. */
  close(): void {
    this.#abort.abort();
  }

  #fetch(): Promise<KeySet> {
    const pending = this.#load().then(
      (keys) => {
        this.#pending = null;
        return keys;
      },
      (cause: unknown) => this.#failed(cause),
    );
    this.#pending = pending;
    return pending;
  }

  async #load(): Promise<KeySet> {
    const late = new AbortController();
    const timer = after(timeoutMs, () => late.abort(new Error(`no answer within ${timeoutMs} ms`)));
    try {
      const response = await this.#ports.fetch(this.#url, {
        headers: { accept: 'application/jwk-set+json, application/json' },
        // A redirect could lead to anybody's keys.
        redirect: 'manual',
        signal: AbortSignal.any([late.signal, this.#abort.signal]),
      });
      const text = await limitedText(response);
      if (response.status !== 200) throw new Error(`${new URL(this.#url).host} answered ${response.status}`);
      return this.#take(text, response.headers);
    } finally {
      cancelTimer(timer);
    }
  }

  #take(text: string, headers: Headers): KeySet {
    // The same text keeps the same object, so that tokens which were verified with it stay verified.
    const keys = this.#keys !== null && text === this.#text ? this.#keys : new KeySet(text);
    if (keys !== this.#keys) {
      for (const { keyId, why } of keys.skipped) {
        this.#ports.log.info('a key of a key set is not used', { url: this.#url, kid: keyId, why });
      }
    }
    const now = this.#now();
    this.#text = text;
    this.#keys = keys;
    this.#fetchedMs = now;
    this.#freshUntilMs = now + freshMs(headers);
    this.#retryAtMs = 0;
    return keys;
  }

  #failed(cause: unknown): never {
    this.#pending = null;
    this.#retryAtMs = this.#now() + retryMs;
    if (!this.#abort.signal.aborted) {
      this.#ports.log.warn('keys for checking tokens could not be fetched', {
        url: this.#url,
        problem: problemText(cause, []),
        serving: this.#keys === null ? 'none' : 'old keys',
      });
    }
    throw this.#unavailable();
  }

  #unavailable(): GatewayError {
    const seconds = Math.max(1, Math.ceil((this.#retryAtMs - this.#now()) / 1000));
    return new GatewayError('authenticationUnavailable', 'the keys for checking tokens are not available', {
      retryAfter: seconds,
    });
  }
}
