import { createHash } from 'node:crypto';
import type { KeyRing } from '../session/key-ring.ts';
import type { Place } from '../session/roster.ts';
import { Sealer } from '../session/sealer.ts';
import { isObject, type Message, type Params } from '../wire/jsonrpc.ts';

/** What a client carries from one round of a call to the next. */
export interface CallState {
  /** The worker that holds the call. */
  readonly holder: Place;
  /** The call there; '' when there is none to go on with and the request starts anew. */
  readonly handle: string;
  /** The request that it belongs to, see {@link requestDigest}. */
  readonly digest: string;
  /** Milliseconds since the epoch; after that there is no call to go on with. */
  readonly expires: number;
}

/** Seals the state of calls, so that clients can neither read nor change nor exchange it. */
export class RequestStates {
  readonly #sealer: Sealer;

  /** @param scope States of one scope mean nothing in another. */
  constructor(keys: KeyRing, scope: string) {
    this.#sealer = new Sealer(keys, `request-state ${scope}`);
  }

  /** The state as a client gets it. */
  seal({ holder, handle, digest, expires }: CallState): string {
    const { run, worker, generation } = holder;
    return this.#sealer.seal(JSON.stringify([run, worker, generation, handle, digest, expires]));
  }

  /** The state in a text that we made, which may have expired; null for any other. */
  open(text: unknown): CallState | null {
    const plain = typeof text === 'string' ? this.#sealer.open(text) : null;
    if (plain === null) return null;
    const [run, worker, generation, handle, digest, expires] = JSON.parse(plain) as SealedState;
    return { holder: { run, worker, generation }, handle, digest, expires };
  }
}

type SealedState = [string, number, number, string, string, number];

/**
 * What two requests have in common when one is the other with answers added: method and params without `_meta`.
 * @param client What else they must have in common.
 */
export function requestDigest({ method, params }: Message, client: string): string {
  const own: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(params ?? {})) {
    if (key !== '_meta' && key !== 'inputResponses' && key !== 'requestState') own[key] = value;
  }
  return createHash('sha256')
    .update(`${client} ${method} ${sorted(own)}`)
    .digest('base64url');
}

function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value as Params).toSorted();
  return `{${members.map((key) => `${JSON.stringify(key)}:${sorted(value[key])}`).join()}}`;
}
