import { equalBytes } from '../../base/secrets.ts';
import { blowfishTables } from './blowfish-tables.ts';
import type { HashSteps } from './sliced.ts';

const subkeys = 18;
const roundsPerStep = 16;
const alphabet = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** The text that is encrypted, as six words: OrpheanBeholderScryDoubt. */
const plain: readonly number[] = [0x4f727068, 0x65616e42, 0x65686f6c, 0x64657253, 0x63727944, 0x6f756274];

/**
 * Checks a password against a bcrypt hash (Provos and Mazières 1999), a millisecond of work at a time. Like everybody, it
 * reads the first 72 bytes of a password only.
 *
 * @param hash `$2a$`, `$2b$` or `$2y$`, the cost, 22 characters of salt and 31 of hash.
 */
export function* bcryptSteps(password: Uint8Array, hash: string): HashSteps {
  const cost = Number(hash.slice(4, 6));
  const salt = decode(hash.slice(7, 29), 16);
  const key = new Uint8Array(Math.min(72, password.byteLength + 1));
  key.set(password.subarray(0, 72));
  const keyWords = cyclicWords(key);
  const saltWords = cyclicWords(salt);
  const cipher = new Blowfish();
  cipher.expand(keyWords, saltWords);
  const rounds = 2 ** cost;
  for (let round = 0; round < rounds; round++) {
    if (round % roundsPerStep === 0) yield;
    cipher.expand(keyWords, null);
    cipher.expand(saltWords, null);
  }
  yield;
  return equalBytes(cipher.encryptPlain().subarray(0, 23), decode(hash.slice(29), 23));
}

class Blowfish {
  readonly #p: Int32Array;
  readonly #s: Int32Array;
  /** The block at hand. */
  #left: number;
  #right: number;

  constructor() {
    const bytes = Buffer.from(blowfishTables, 'base64');
    const words = Int32Array.from({ length: bytes.byteLength / 4 }, (_, i) => bytes.readInt32BE(i * 4));
    this.#p = words.slice(0, subkeys);
    this.#s = words.slice(subkeys);
    this.#left = 0;
    this.#right = 0;
  }

  /** @param salt 18 words of it, repeated; null: none. */
  expand(key: Int32Array, salt: Int32Array | null): void {
    const p = this.#p;
    for (let i = 0; i < subkeys; i++) p[i] = at(p, i) ^ at(key, i);
    this.#left = 0;
    this.#right = 0;
    // The salt goes on from where the subkeys left it: 18 words are four and a half of its four.
    this.#fill(p, salt, 0);
    this.#fill(this.#s, salt, 2);
  }

  #fill(words: Int32Array, salt: Int32Array | null, start: number): void {
    for (let i = 0; i < words.length; i += 2) {
      if (salt !== null) {
        this.#left ^= at(salt, (start + i) & 3);
        this.#right ^= at(salt, (start + i + 1) & 3);
      }
      this.#encipher();
      words[i] = this.#left;
      words[i + 1] = this.#right;
    }
  }

  encryptPlain(): Uint8Array {
    const out = Buffer.alloc(plain.length * 4);
    for (let i = 0; i < plain.length; i += 2) {
      this.#left = plain[i] ?? 0;
      this.#right = plain[i + 1] ?? 0;
      for (let n = 0; n < 64; n++) this.#encipher();
      out.writeInt32BE(this.#left | 0, i * 4);
      out.writeInt32BE(this.#right | 0, i * 4 + 4);
    }
    return out;
  }

  #encipher(): void {
    const p = this.#p;
    const s = this.#s;
    let left = this.#left ^ at(p, 0);
    let right = this.#right;
    for (let i = 1; i <= 16; i += 2) {
      right ^= mix(s, left) ^ at(p, i);
      left ^= mix(s, right) ^ at(p, i + 1);
    }
    this.#left = right ^ at(p, 17);
    this.#right = left;
  }
}

function mix(s: Int32Array, x: number): number {
  const sum = at(s, x >>> 24) + at(s, 256 + ((x >>> 16) & 255));
  return (sum ^ at(s, 512 + ((x >>> 8) & 255))) + at(s, 768 + (x & 255));
}

/** An element that is there. */
function at(words: Int32Array, index: number): number {
  return words[index] as number;
}

/** 18 words of bytes that begin anew at their end. */
function cyclicWords(bytes: Uint8Array): Int32Array {
  let next = 0;
  return Int32Array.from({ length: subkeys }, () => {
    let word = 0;
    for (let i = 0; i < 4; i++) {
      word = (word << 8) | (bytes[next] ?? 0);
      next = (next + 1) % bytes.byteLength;
    }
    return word;
  });
}

/** Bcrypt's base64: six bits a character from the highest on, an alphabet of its own. */
function decode(text: string, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let bits = 0;
  let held = 0;
  let written = 0;
  for (const character of text) {
    held = ((held << 6) | alphabet.indexOf(character)) & 0xffff;
    bits += 6;
    if (bits >= 8 && written < length) {
      bits -= 8;
      bytes[written++] = (held >>> bits) & 255;
    }
  }
  return bytes;
}
