import { monotonicMs } from '../../../base/clock.ts';
import { mcpLimits } from '../../limits.ts';
import { uncacheable, type CacheHints } from '../../wire/2026-07-28/cache-hints.ts';
import type { ServerHello } from '../../wire/2025-11-25/handshake.ts';

/**
 * How a target speaks, as it was last found out; all sessions of a backend share it. Every verdict has a date: a server
 * may be replaced by a newer one, or an older.
 */
export class TargetEra {
  #hello: ServerHello | null = null;
  #helloUntil = 0;
  #keptUntil = 0;
  #isPublic = false;
  #handshake: boolean | null = null;
  #modern: boolean | null = null;
  #until = 0;
  #said: ServerHello | null = null;

  /** What a server that works without a handshake said of itself, while that is fresh. */
  get discovered(): ServerHello | null {
    return this.#hello !== null && monotonicMs() < this.#helloUntil ? this.#hello : null;
  }

  /** How long that may be kept by clients. */
  get hints(): CacheHints {
    if (this.#hello === null) return uncacheable;
    return { ttlMs: Math.max(0, Math.floor(this.#keptUntil - monotonicMs())), isPublic: this.#isPublic };
  }

  /** What it last said of itself in either way: good for clients that do not wait for it. Null: nothing yet. */
  get said(): ServerHello | null {
    return monotonicMs() < this.#until ? this.#said : null;
  }

  /** Whether it answers `initialize`; null: not known. */
  get handshake(): boolean | null {
    return monotonicMs() < this.#until ? this.#handshake : null;
  }

  /** Whether it answers `server/discover`; null: not known. */
  get modern(): boolean | null {
    return monotonicMs() < this.#until ? this.#modern : null;
  }

  /** It did, or did not, answer `server/discover`. */
  foundModern(hello: ServerHello | null, hints: CacheHints): void {
    const { ttlMs, isPublic } = hints;
    this.#modern = hello !== null;
    this.#hello = hello;
    if (hello !== null) this.#said = hello;
    this.#keptUntil = monotonicMs() + ttlMs;
    this.#isPublic = isPublic;
    this.#helloUntil = monotonicMs() + Math.min(Math.max(ttlMs, mcpLimits.discoveredMs), mcpLimits.lastVerdictMs);
    this.#date();
  }

  /** What it answered to `initialize`; null: it did not. */
  foundHandshake(hello: ServerHello | null): void {
    this.#handshake = hello !== null;
    if (hello !== null) this.#said = hello;
    this.#date();
  }

  /** What was known proved wrong. */
  forget(): void {
    this.#hello = null;
    this.#handshake = null;
    this.#modern = null;
  }

  #date(): void {
    this.#until = monotonicMs() + mcpLimits.lastVerdictMs;
  }
}
