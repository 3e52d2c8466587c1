import type { SharedSlot } from '../../telemetry/shared/limit.ts';

/** Where a data plane finds the process-wide count of a name. The main thread's `SharedCounters` is one. */
export interface SlotSource {
  /** @throws when the name is not known in this process. */
  slot(name: string): SharedSlot;
  /** The memory of a name of `limitAreas`. */
  area(name: string, bytes: number): SharedArrayBuffer;
}

/** A worker thread's copy of the slots. */
export class SlotTable implements SlotSource {
  #slots: ReadonlyMap<string, SharedSlot> = new Map<string, SharedSlot>();

  /** Takes over the slots that came with a model, in place of those before. */
  adopt(slots: ReadonlyMap<string, SharedSlot>): void {
    this.#slots = slots;
  }

  slot(name: string): SharedSlot {
    const slot = this.#slots.get(name);
    if (slot === undefined) throw new Error(`no shared slot for ${name}; limitNames must list it`);
    return slot;
  }

  area(name: string): SharedArrayBuffer {
    return this.slot(name).buffer;
  }
}
