import { isObject } from '../wire/jsonrpc.ts';
import type { Implementation } from '../wire/2025-11-25/handshake.ts';
import type { KeyRing } from './key-ring.ts';
import type { Place } from './roster.ts';
import { nonceOf, Sealer } from './sealer.ts';

/** The longest id that is given to a client, in characters. */
const longestId = 1024;
const longestName = 64;

/** What a session id says, to us only: all that is needed to go on with the session where its worker is gone. */
export interface SessionClaims extends Place {
  /** Whose session it is, as {@link principalDigest} says. */
  readonly principal: string;
  /** The revision agreed on with the client. */
  readonly revision: string;
  /** The client's capabilities, as far as servers learn of them. */
  readonly capabilities: Record<string, unknown>;
  readonly client: Implementation;
  /** Milliseconds since the epoch. */
  readonly issued: number;
  /** When nobody goes on with the session any more if its worker is gone; in milliseconds since the epoch. */
  readonly expires: number;
}

/** An id with what it says and what tells it from every other. */
export interface SessionIdentity {
  readonly id: string;
  readonly claims: SessionClaims;
  /** 64 random bits. */
  readonly mark: bigint;
  /** 32 other ones. */
  readonly seed: number;
}

/** Session ids that are neither guessable nor good elsewhere: claims, sealed for one backend, in at most 1 KiB. */
export class SessionIds {
  readonly #sealer: Sealer;

  /** @param scope Ids of one scope mean nothing in another. */
  constructor(keys: KeyRing, scope: string) {
    this.#sealer = new Sealer(keys, `session ${scope}`);
  }

  /** A new id. What does not fit is left out: how the client calls itself, then the details of its capabilities. */
  mint(claims: SessionClaims): SessionIdentity {
    return identity(this.#fitting(claims), claims);
  }

  /** What an id says, even one that has expired; null when we did not make it. */
  read(id: string): SessionIdentity | null {
    const plain = this.#sealer.open(id);
    if (plain === null) return null;
    const fields = JSON.parse(plain) as SealedFields;
    const [run, worker, generation, principal, revision, capabilities, name, version, issued, expires] = fields;
    const client = { name, version };
    return identity(id, { run, worker, generation, principal, revision, capabilities, client, issued, expires });
  }

  #fitting(claims: SessionClaims): string {
    const whole = this.#seal(claims);
    if (whole.length <= longestId) return whole;
    const unnamed = this.#seal({ ...claims, client: nobody });
    if (unnamed.length <= longestId) return unnamed;
    const bare = Object.fromEntries(Object.keys(claims.capabilities).map((name) => [name, {}]));
    return this.#seal({ ...claims, client: nobody, capabilities: bare });
  }

  #seal(claims: SessionClaims): string {
    const { run, worker, generation, principal, revision, capabilities, client, issued, expires } = claims;
    const { name, version } = client;
    const fields: SealedFields = [
      run,
      worker,
      generation,
      principal,
      revision,
      capabilities,
      name,
      version,
      issued,
      expires,
    ];
    return this.#sealer.seal(JSON.stringify(fields));
  }
}

type SealedFields = [string, number, number, string, string, Record<string, unknown>, string, string, number, number];

function identity(id: string, claims: SessionClaims): SessionIdentity {
  const nonce = nonceOf(id);
  return { id, claims, mark: nonce.readBigUInt64LE(0), seed: nonce.readUInt32LE(8) };
}

const nobody: Implementation = { name: '', version: '' };

/** How a client calls itself in `initialize`, cut; empty where it does not say. */
export function clientOf(params: Readonly<Record<string, unknown>> | null): Implementation {
  const info = params?.['clientInfo'];
  const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, longestName) : '');
  return isObject(info) ? { name: text(info['name']), version: text(info['version']) } : nobody;
}
