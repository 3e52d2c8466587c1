import type { Member } from './member.ts';

/** The endpoints of a target as they are now. */
export interface MemberSource {
  /** The endpoints, if nothing must be asked for them; the same array while nothing changed. */
  current(): readonly Member[] | null;
  /** The endpoints. Rejects with dnsFailed. */
  resolve(): Promise<readonly Member[]>;
  close(): void;
}

/** Endpoints that configuration lists. */
export class FixedMembers implements MemberSource {
  readonly #members: readonly Member[];

  constructor(members: readonly Member[]) {
    this.#members = members;
  }

  current(): readonly Member[] {
    return this.#members;
  }

  resolve(): Promise<readonly Member[]> {
    return Promise.resolve(this.#members);
  }

  close(): void {
    for (const member of this.#members) member.close();
  }
}
