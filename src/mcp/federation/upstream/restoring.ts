import type { ServerHello } from '../../wire/2025-11-25/handshake.ts';

/** A request that makes a new connection what the one before was. */
export type Restored = readonly [method: string, params: string];

/** What a client had set at a server, to be set again on the next connection. An idle session holds no empty table. */
export class Restoring {
  #byKey: Map<string, Restored> | null = null;

  /** @param params '': nothing is to be set any more. */
  set(key: string, method: string, params: string): void {
    if (params === '') this.#byKey?.delete(key);
    else (this.#byKey ??= new Map()).set(key, [method, params]);
  }

  has(key: string): boolean {
    return this.#byKey?.has(key) === true;
  }

  /** How many resources and tasks are heard. */
  get heard(): number {
    return (this.#byKey?.size ?? 0) - (this.has('level') ? 1 : 0);
  }

  all(): Iterable<Restored> {
    return this.#byKey?.values() ?? [];
  }

  /** What to send on a connection; the first time, that is only a log level that was set before the server had answered. */
  due(hello: ServerHello | null, again: boolean): readonly Restored[] {
    const due: Restored[] = [];
    for (const [key, restored] of this.#byKey ?? []) {
      if (key === 'level' ? hello?.logging === true : again) due.push(restored);
    }
    return due;
  }
}
