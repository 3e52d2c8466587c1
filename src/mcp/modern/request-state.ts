import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { wallMs } from '../../base/clock.ts';
import { isObject, type Message, type Params } from '../wire/jsonrpc.ts';

/** What a client carries from one round of a call to the next. */
export interface CallState {
  /** The worker that holds the call. */
  readonly worker: number;
  /** The call there; '' when there is none to go on with and the request starts anew. */
  readonly handle: string;
  /** The request that it belongs to, see {@link requestDigest}. */
  readonly digest: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

const PREFIX = 'wg1.';

/** Seals the state of calls (AES-256-GCM), so that clients can neither read nor change nor exchange it. */
export class RequestStates {
  readonly #key: Uint8Array;
  readonly #scope: Buffer;

  /**
   * @param key 32 bytes, the same in all workers (and replicas).
   * @param scope States of one scope mean nothing in another.
   */
  constructor(key: Uint8Array, scope: string) {
    this.#key = key;
    this.#scope = Buffer.from(`request-state ${scope}`);
  }

  /** The state as a client gets it. */
  seal(state: CallState): string {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv).setAAD(this.#scope);
    const { worker, handle, digest, expires } = state;
    const plain = JSON.stringify([worker, handle, digest, expires]);
    const bytes = Buffer.concat([iv, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return PREFIX + bytes.toString('base64url');
  }

  /** The state in a text that we made; null for any other, and for what has expired. */
  open(text: unknown): CallState | null {
    if (typeof text !== 'string' || text.length > 1024 || !text.startsWith(PREFIX)) return null;
    const bytes = Buffer.from(text.slice(PREFIX.length), 'base64url');
    if (bytes.length < 29) return null;
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, 12)).setAAD(this.#scope);
    decipher.setAuthTag(bytes.subarray(-16));
    let plain = decipher.update(bytes.subarray(12, -16)).toString('utf8');
    try {
      plain += decipher.final('utf8');
    } catch {
      return null;
    }
    const [worker, handle, digest, expires] = JSON.parse(plain) as [number, string, string, number];
    return expires < wallMs() ? null : { worker, handle, digest, expires };
  }
}

/** What two requests have in common when one is the other with answers added: method and params without `_meta`. */
export function requestDigest({ method, params }: Message): string {
  const own: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(params ?? {})) {
    if (key !== '_meta' && key !== 'inputResponses' && key !== 'requestState') own[key] = value;
  }
  return createHash('sha256')
    .update(`${method} ${sorted(own)}`)
    .digest('base64url');
}

function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value as Params).toSorted();
  return `{${members.map((key) => `${JSON.stringify(key)}:${sorted(value[key])}`).join()}}`;
}
