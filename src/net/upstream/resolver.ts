import { isIP } from 'node:net';
import { monotonicMs } from '../../base/clock.ts';
import { GatewayError } from '../../base/errors.ts';
import { systemLookup, type Lookup } from './lookup.ts';
import type { DnsFamily } from './endpoint-spec.ts';

/** After a name's lifetime, for how long its old addresses are used while new ones are asked for. */
const STALE_MS = 60_000;
/** How long a failed look-up is remembered. */
const NEGATIVE_MS = 2000;

interface Entry {
  addresses: readonly string[];
  /** When the addresses are no longer fresh; for a failure, when it is forgotten. */
  expires: number;
  error: GatewayError | null;
  pending: Promise<readonly string[]> | null;
}

/**
 * Resolves upstream names for one worker. Answers live as long as the DNS says; a name whose refresh fails keeps its
 * last addresses, so that an outage of the DNS is none of the upstream.
 */
export class Resolver {
  readonly #entries = new Map<string, Entry>();
  readonly #lookup: Lookup;
  readonly #now: () => number;

  constructor(lookup: Lookup = systemLookup, now: () => number = monotonicMs) {
    this.#lookup = lookup;
    this.#now = now;
  }

  /** The addresses when they are known, without waiting; null: call {@link resolve}. The same array while unchanged. */
  current(host: string, family: DnsFamily): readonly string[] | null {
    if (isIP(host) !== 0) return [host];
    const entry = this.#entries.get(keyOf(host, family));
    if (entry === undefined || entry.addresses.length === 0) return null;
    const now = this.#now();
    if (now < entry.expires) return entry.addresses;
    if (now > entry.expires + STALE_MS) return null;
    // The old addresses serve this request; the next ones get new ones.
    if (entry.pending === null) this.#refresh(host, family, entry).catch(keepStale);
    return entry.addresses;
  }

  /** Asks the system, once for all who wait. Rejects with dnsFailed. */
  async resolve(host: string, family: DnsFamily): Promise<readonly string[]> {
    const known = this.current(host, family);
    if (known !== null) return known;
    const key = keyOf(host, family);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { addresses: [], expires: 0, error: null, pending: null };
      this.#entries.set(key, entry);
    }
    if (entry.pending !== null) return entry.pending;
    if (entry.error !== null && this.#now() < entry.expires) throw entry.error;
    return this.#refresh(host, family, entry);
  }

  /** Forgets a name that no endpoint uses any more. */
  forget(host: string, family: DnsFamily): void {
    this.#entries.delete(keyOf(host, family));
  }

  #refresh(host: string, family: DnsFamily, entry: Entry): Promise<readonly string[]> {
    const pending = this.#ask(host, family, entry).finally(() => (entry.pending = null));
    entry.pending = pending;
    return pending;
  }

  async #ask(host: string, family: DnsFamily, entry: Entry): Promise<readonly string[]> {
    try {
      const answer = await this.#lookup(host, family, (ttlMs) => {
        entry.expires = this.#now() + ttlMs;
      });
      entry.error = null;
      entry.expires = this.#now() + answer.ttlMs;
      if (!sameItems(entry.addresses, answer.addresses)) entry.addresses = answer.addresses;
      return entry.addresses;
    } catch (cause) {
      entry.expires = this.#now() + NEGATIVE_MS;
      if (entry.addresses.length > 0) return entry.addresses;
      entry.error = new GatewayError('dnsFailed', '', { cause, retry: 'safe' });
      throw entry.error;
    }
  }
}

function keyOf(host: string, family: DnsFamily): string {
  return `${family} ${host}`;
}

function sameItems(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item) => b.includes(item));
}

/** A refresh beside a request: `#ask` has noted the failure, and the old addresses stay. */
function keepStale(): void {}
