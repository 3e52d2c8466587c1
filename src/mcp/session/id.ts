import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/**
 * Session ids that name the worker that owns the session, readable by us only: AES-256-GCM of the worker's number and
 * 12 random bytes, bound to the backend, as base64url. A session id is thus neither guessable nor good elsewhere.
 */
export class SessionIds {
  readonly #key: Uint8Array;
  readonly #scope: Buffer;

  /**
   * @param key 32 bytes, the same in all workers (and replicas).
   * @param scope Ids of one scope mean nothing in another.
   */
  constructor(key: Uint8Array, scope: string) {
    this.#key = key;
    this.#scope = Buffer.from(scope);
  }

  /** A new id for a session of `worker`. */
  mint(worker: number): string {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv).setAAD(this.#scope);
    const plain = randomBytes(16);
    plain.writeUInt32BE(worker, 0);
    return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64url');
  }

  /** The worker that made `id`, or null when we did not. */
  worker(id: string): number | null {
    if (!/^[\w-]{59}$/.test(id)) return null;
    const bytes = Buffer.from(id, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, 12)).setAAD(this.#scope);
    decipher.setAuthTag(bytes.subarray(-16));
    const plain = decipher.update(bytes.subarray(12, -16));
    try {
      decipher.final();
    } catch {
      return null;
    }
    return plain.readUInt32BE(0);
  }
}
