import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { KEY_ID_BYTES, type KeyRing } from './key-ring.ts';

const VERSION = 1;
const HEAD_BYTES = 1 + KEY_ID_BYTES;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const SHORTEST = HEAD_BYTES + IV_BYTES + TAG_BYTES;
/** Characters of the longest text that is looked at, unless its maker says otherwise. */
const LONGEST = 1024;

/**
 * Texts that only we can read and make: version byte, key id, IV and AES-256-GCM of some bytes, bound to a scope, as
 * base64url.
 */
export class Sealer {
  readonly #keys: KeyRing;
  readonly #scope: Buffer;
  readonly #longest: number;

  /**
   * @param scope What is sealed for one scope means nothing in another.
   * @param longest Characters of the longest text that is looked at.
   */
  constructor(keys: KeyRing, scope: string, longest: number = LONGEST) {
    this.#keys = keys;
    this.#scope = Buffer.from(scope);
    this.#longest = longest;
  }

  /** A text that holds `plain`. */
  seal(plain: string): string {
    const { id, key } = this.#keys.current;
    const head = Buffer.concat([Buffer.of(VERSION), id]);
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(this.#bound(head));
    return Buffer.concat([head, iv, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString(
      'base64url',
    );
  }

  /** What is in a text; null when we did not make it, for this scope, with a key that we still have. */
  open(text: string): string | null {
    if (text.length > this.#longest) return null;
    const bytes = Buffer.from(text, 'base64url');
    // Texts that decode to the same bytes would be several names of one thing.
    if (bytes.length < SHORTEST || bytes[0] !== VERSION || bytes.toString('base64url') !== text) return null;
    const head = bytes.subarray(0, HEAD_BYTES);
    const key = this.#keys.find(head.subarray(1));
    if (key === null) return null;
    const iv = bytes.subarray(HEAD_BYTES, HEAD_BYTES + IV_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(this.#bound(head));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const plain = decipher.update(bytes.subarray(HEAD_BYTES + IV_BYTES, -TAG_BYTES));
    try {
      decipher.final();
    } catch {
      return null; // not ours, or changed
    }
    return plain.toString('utf8');
  }

  #bound(head: Buffer): Buffer {
    return Buffer.concat([head, this.#scope]);
  }
}

/** Twelve random bytes of a sealed text, which no other has. */
export function nonceOf(sealed: string): Buffer {
  return Buffer.from(sealed, 'base64url').subarray(HEAD_BYTES, HEAD_BYTES + IV_BYTES);
}
