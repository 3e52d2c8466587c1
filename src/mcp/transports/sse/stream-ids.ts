import type { KeyRing } from '../../session/key-ring.ts';
import type { Place } from '../../session/roster.ts';
import { Sealer } from '../../session/sealer.ts';

/** Whose stream it is and which worker holds it. */
export interface StreamClaims extends Place {
  /** As in session ids. */
  readonly principal: string;
}

/** Ids of streams of the older transport, sealed for one backend. A stream does not outlive its worker. */
export class StreamIds {
  readonly #sealer: Sealer;

  /** @param scope Ids of one scope mean nothing in another. */
  constructor(keys: KeyRing, scope: string) {
    this.#sealer = new Sealer(keys, `stream ${scope}`);
  }

  /** A new id. */
  mint({ run, worker, generation, principal }: StreamClaims): string {
    return this.#sealer.seal(JSON.stringify([run, worker, generation, principal]));
  }

  /** What an id says; null when we did not make it. */
  read(id: string): StreamClaims | null {
    const plain = this.#sealer.open(id);
    if (plain === null) return null;
    const [run, worker, generation, principal] = JSON.parse(plain) as [string, number, number, string];
    return { run, worker, generation, principal };
  }
}
