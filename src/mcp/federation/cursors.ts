import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Where the next page of a list begins. */
export interface Position {
  /** The list and what it held, as {@link Catalogue.version} says. */
  readonly version: string;
  readonly offset: number;
}

/** Cursors that only we can read and make: AES-256-GCM of a position, bound to one MCP backend, as base64url. */
export class Cursors {
  readonly #key: Uint8Array;
  readonly #scope: Buffer;

  /**
   * @param key 32 bytes, the same in all workers (and replicas).
   * @param scope Cursors of one scope mean nothing in another.
   */
  constructor(key: Uint8Array, scope: string) {
    this.#key = key;
    this.#scope = Buffer.from(`cursor:${scope}`);
  }

  seal({ version, offset }: Position): string {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv).setAAD(this.#scope);
    const text = `${offset}:${version}`;
    return Buffer.concat([iv, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString('base64url');
  }

  /** The position in a cursor, or null when we did not make it. */
  open(cursor: string): Position | null {
    if (!/^[\w-]{40,200}$/.test(cursor)) return null;
    const bytes = Buffer.from(cursor, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, 12)).setAAD(this.#scope);
    decipher.setAuthTag(bytes.subarray(-16));
    let text = decipher.update(bytes.subarray(12, -16)).toString('utf8');
    try {
      text += decipher.final('utf8');
    } catch {
      return null;
    }
    const colon = text.indexOf(':');
    return { offset: Number(text.slice(0, colon)), version: text.slice(colon + 1) };
  }
}
