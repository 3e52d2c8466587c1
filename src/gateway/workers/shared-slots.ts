import type { SharedSlot } from '../../telemetry/shared/limit.ts';

/** Where a data plane finds the process-wide count of a name. The main thread's `SharedCounters` is one. */
export interface SlotSource {
  /** @throws when the name is not known in this process. */
  slot(name: string): SharedSlot;
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
    if (slot === undefined) throw new Error(`no shared slot for ${name}; limitNames must list it`);
    return slot;
  }
}
