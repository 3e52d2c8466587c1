import type { Model } from '../../model/model.ts';
import type { DataPlaneLike } from './link.ts';
import type { BoundAddress } from './messages.ts';

/** Keeps what a data plane has prepared until the supervisor decides on it; the same in a thread and without one. */
export class PlaneDriver<Prepared> {
  readonly plane: DataPlaneLike<Prepared>;
  readonly #prepared = new Map<number, Prepared>();

  constructor(plane: DataPlaneLike<Prepared>) {
    this.plane = plane;
  }

  /** @see DataPlaneLike.prepare */
  async prepare(version: number, model: Model): Promise<void> {
    this.#prepared.set(version, await this.plane.prepare(model));
  }

  /** Switches to `version`. @throws when it was not prepared. */
  commit(version: number): readonly BoundAddress[] {
    const prepared = this.#prepared.get(version);
    if (prepared === undefined) throw new Error(`model version ${version} was not prepared`);
    this.#prepared.delete(version);
    this.plane.commit(prepared);
    return this.plane.boundAddresses();
  }

  /** Drops `version`; one that was never prepared is ignored. */
  discard(version: number): void {
    const prepared = this.#prepared.get(version);
    if (prepared === undefined) return;
    this.#prepared.delete(version);
    this.plane.discard(prepared);
  }
}
