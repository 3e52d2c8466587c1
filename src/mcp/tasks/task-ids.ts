import type { KeyRing } from '../session/key-ring.ts';
import { principalDigest } from '../session/principal.ts';
import { Sealer } from '../session/sealer.ts';

/** A task as the server that runs it knows it. */
export interface TaskAddress {
  readonly target: string;
  /** The server's own id. */
  readonly id: string;
}

const PREFIX = 'task.';
/** Longer ids of servers are not passed on. */
const MAX_ID = 512;

/** Ids of tasks as clients see them: target and id, sealed for one owner of one MCP backend. */
export class TaskIds {
  readonly #sealer: Sealer;

  /** @param scope Ids of one scope mean nothing in another. */
  constructor(keys: KeyRing, scope: string) {
    this.#sealer = new Sealer(keys, `task ${scope}`);
  }

  /** An id that is good for `owner`; null for a task whose own is too long. */
  seal(owner: string, { target, id }: TaskAddress): string | null {
    if (id.length > MAX_ID) return null;
    const sealed = this.#sealer.seal(JSON.stringify([principalDigest(owner), target, id]));
    return PREFIX + sealed;
  }

  /** The task that `owner` names; null when that id was not made for it. */
  open(owner: string, sealed: unknown): TaskAddress | null {
    if (typeof sealed !== 'string' || !sealed.startsWith(PREFIX)) return null;
    const text = this.#sealer.open(sealed.slice(PREFIX.length));
    if (text === null) return null;
    const [whose, target, id] = JSON.parse(text) as [string, string, string];
    return whose === principalDigest(owner) ? { target, id } : null;
  }
}
