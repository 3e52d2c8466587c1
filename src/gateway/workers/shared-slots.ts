import type { Model } from '../../model/model.ts';
import type { SharedSlot } from '../../telemetry/shared/limit.ts';

/** Where a data plane finds the process-wide count of a name. The main thread's `SharedCounters` is one. */
export interface SlotSource {
  /** @throws when the name is not known in this process. */
  slot(name: string): SharedSlot;
}

/** Name of the count of connections open on a bind. */
export function connectionsName(bindKey: string): string {
  return `connections/${bindKey}`;
}

/** Name of the count of requests in flight on a bind. */
export function requestsName(bindKey: string): string {
  return `requests/${bindKey}`;
}

/** Every name that a data plane counts in for `model`; the main thread gives each a slot before a worker compiles it. */
export function sharedNames(model: Model): string[] {
  return model.binds.flatMap(({ key }) => [connectionsName(key), requestsName(key)]);
}

/** A worker thread's copy of the slots. */
export class SlotTable implements SlotSource {
  readonly #slots = new Map<string, SharedSlot>();

  /** Takes over slots that came with a model. */
  adopt(slots: ReadonlyMap<string, SharedSlot>): void {
    for (const [name, slot] of slots) this.#slots.set(name, slot);
  }

  slot(name: string): SharedSlot {
    const slot = this.#slots.get(name);
    if (slot === undefined) throw new Error(`no shared slot for ${name}; sharedNames must list it`);
    return slot;
  }
}
