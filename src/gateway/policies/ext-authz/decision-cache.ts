import { hash } from 'node:crypto';
import { monotonicMs, wallMs } from '../../../base/clock.ts';
import { LruMap } from '../../../base/lru.ts';
import type { Activation } from '../../../expr/cel/frame.ts';
import { toJs, toJsonText } from '../../../expr/cel/output.ts';
import { durationToMs, formatTimestamp } from '../../../expr/cel/time.ts';
import { CelDuration, CelTimestamp, type CelValue } from '../../../expr/cel/values.ts';
import type { ExtAuthzCacheSpec } from '../../../model/policies/ext-authz.ts';
import type { Computed, ComputedValues } from '../../envoy/values.ts';
import type { Decision } from './decision.ts';

/** An entry is renewed by one request when less than a tenth of its time is left, or less than this. */
const renewMs = 5000;

/** An answer and how long it holds, on the monotonic clock. */
interface Entry {
  readonly decision: Decision;
  readonly endsMs: number;
  readonly renewFromMs: number;
  /** A request is on its way to renew it. */
  renewing: boolean;
}

/** Answers of a service, by what configured expressions say of the request. Keys are digests: they may hold credentials. */
export class DecisionCache {
  readonly #key: readonly Computed[];
  readonly #ttl: number | Computed;
  readonly #entries: LruMap<string, Entry>;

  constructor({ key, ttl, maxEntries }: ExtAuthzCacheSpec, values: ComputedValues) {
    const effect = 'the answer is not kept';
    this.#key = key.map((source, i) => values.compile(`cache.key[${i}]`, source, 'request', effect));
    this.#ttl = typeof ttl === 'number' ? ttl : values.compile('cache.ttl', ttl, 'request', effect);
    this.#entries = new LruMap(maxEntries);
  }

  /** What the answer for a request is kept by; null: it is not kept. */
  keyOf(attributes: Activation): string | null {
    if (this.#key.length === 0) return null;
    let all = '';
    for (const compute of this.#key) {
      const value = compute(attributes);
      const text = value === undefined ? undefined : keyText(value);
      if (text === undefined) return null;
      all += `${text}\n`;
    }
    return hash('sha256', all, 'base64');
  }

  /** The answer that is kept; undefined: the service has to be asked, by this request at least. */
  get(key: string): Decision | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const now = monotonicMs();
    if (now >= entry.endsMs) {
      this.#entries.delete(key);
      return undefined;
    }
    if (now < entry.renewFromMs || entry.renewing) return entry.decision;
    entry.renewing = true;
    return undefined;
  }

  /** Keeps an answer for as long as the configuration says, seen after the answer was applied. */
  set(key: string, decision: Decision, attributes: Activation): void {
    if (!decision.reusable) return;
    const ttl = typeof this.#ttl === 'number' ? this.#ttl : milliseconds(this.#ttl(attributes));
    if (ttl === undefined || !(ttl > 0)) return;
    const now = monotonicMs();
    const endsMs = now + ttl;
    this.#entries.set(key, { decision, endsMs, renewFromMs: endsMs - Math.min(ttl / 10, renewMs), renewing: false });
  }
}

/** Different for values that differ in kind; JSON has no line end outside of texts, where it is written `\n`. */
function keyText(value: CelValue): string | undefined {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('base64')}`;
  const text = toJsonText(value);
  return typeof text === 'string' ? text : undefined;
}

/** A duration, a time, or seconds since 1970 (agentgateway). */
function milliseconds(value: CelValue | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (value instanceof CelDuration) return durationToMs(value);
  if (value instanceof CelTimestamp) return Date.parse(formatTimestamp(value)) - wallMs();
  const number = toJs(value);
  return typeof number === 'number' ? number * 1000 - wallMs() : undefined;
}
