import { hkdfSync } from 'node:crypto';
import { wallMs } from '../../base/clock.ts';

/** How long one key is used, in milliseconds. Tickets made before are then of no use: their clients shake hands in full. */
const PERIOD_MS = 12 * 3_600_000;
/** What OpenSSL takes: 16 bytes of name, 16 of HMAC key, 16 of AES key. */
const KEY_BYTES = 48;

/**
 * The keys of TLS session tickets (RFC 5077 §4, RFC 8446 §4.6.1), the same in every worker that has the same secret, so
 * that a client may resume its session at any of them. They follow from the secret and the time, and nobody has to tell
 * workers of a rotation.
 */
export class TicketKeys {
  readonly #secret: Uint8Array;
  readonly #now: () => number;
  #period = -1;
  #key: Buffer = Buffer.alloc(0);

  /**
   * @param secret 32 random bytes of the process.
   * @param now Milliseconds since 1970.
   */
  constructor(secret: Uint8Array, now: () => number = wallMs) {
    this.#secret = secret;
    this.#now = now;
  }

  /** The key of now; the same object for as long as it is in use. */
  current(): Buffer {
    const period = Math.floor(this.#now() / PERIOD_MS);
    if (period !== this.#period) {
      this.#period = period;
      this.#key = Buffer.from(hkdfSync('sha256', this.#secret, '', `tls tickets ${period}`, KEY_BYTES));
    }
    return this.#key;
  }
}
