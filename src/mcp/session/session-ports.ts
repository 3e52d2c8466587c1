import { wallMs } from '../../base/clock.ts';
import { noBulletin, type Bulletin } from './bulletin.ts';
import { ClientCounts } from '../modern/client-counts.ts';
import { EndedIds } from './ended-ids.ts';
import { KeyRing } from './key-ring.ts';
import { Roster, type RosterSeed } from './roster.ts';

/** What sessions share over all workers of a process. */
export interface SessionPorts {
  /** The same in all workers, and in all replicas that take each other's ids. */
  readonly keys: KeyRing;
  readonly roster: Roster;
  readonly ended: EndedIds;
  /** Streams, and calls that wait, of clients without sessions. */
  readonly clients: ClientCounts;
  /** A client ended the session with this mark, which nobody may go on with until then (milliseconds since the epoch). */
  readonly deleted: (mark: bigint, expires: number) => void;
  /** Where the workers tell each other what servers told them. */
  readonly bulletin: Bulletin;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The same as a worker gets it. Structured-cloneable. */
export interface SessionSeed {
  /** Memory of the {@link KeyRing}. */
  readonly keys: SharedArrayBuffer;
  readonly roster: RosterSeed;
  /** Memory of the {@link EndedIds}. */
  readonly ended: SharedArrayBuffer;
  /** Memory of the {@link ClientCounts}. */
  readonly clients: SharedArrayBuffer;
}

/** The ports that a seed grows into. */
export function sessionPorts(
  { keys, roster, ended, clients }: SessionSeed,
  now: () => number = wallMs,
  deleted: SessionPorts['deleted'] = () => undefined,
  bulletin: Bulletin = noBulletin,
): SessionPorts {
  return {
    keys: new KeyRing(keys),
    roster: new Roster(roster),
    ended: new EndedIds(ended, now),
    clients: new ClientCounts(clients, roster.own.worker),
    deleted,
    bulletin,
    now,
  };
}
