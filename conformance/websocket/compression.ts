/** Compression of messages (RFC 7692), as its client sees it. */
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';

/** What a client offers: one or several sets of parameters, the preferred first. */
export type Offer = string;

/** What compression a server agreed to. */
export interface Agreement {
  readonly serverForgets: boolean;
  readonly clientForgets: boolean;
  /** The server looks back by 2 to the power of this, at most. */
  readonly serverWindowBits: number;
}

/** What the server's answer says; null: messages are not compressed. */
export function agreementOf(extensions: string): Agreement | null {
  if (!extensions.startsWith('permessage-deflate')) return null;
  return {
    serverForgets: extensions.includes('server_no_context_takeover'),
    clientForgets: extensions.includes('client_no_context_takeover'),
    serverWindowBits: Number(/server_max_window_bits=(\d+)/.exec(extensions)?.[1] ?? 15),
  };
}

/** What every compressed message would end with, and so none does (RFC 7692 §7.2.1). */
const tail = Buffer.from([0, 0, 0xff, 0xff]);
/** As far as one may look back. */
const window = 32_768;

/** The messages of one direction, which may repeat what was said before. */
class Past {
  readonly #forgets: boolean;
  #said: Buffer = Buffer.alloc(0);

  constructor(forgets: boolean) {
    this.#forgets = forgets;
  }

  /** As an option of node:zlib. */
  get dictionary(): { dictionary?: Buffer } {
    return this.#said.length === 0 ? {} : { dictionary: this.#said };
  }

  add(message: Buffer): void {
    if (!this.#forgets) this.#said = Buffer.concat([this.#said, message]).subarray(-window);
  }
}

/** Compresses messages for a server, each where the one before left off. */
export function compressAll(messages: readonly Buffer[], forgets: boolean): Buffer[] {
  const past = new Past(forgets);
  return messages.map((message) => {
    const bytes = deflateRawSync(message, { finishFlush: constants.Z_SYNC_FLUSH, ...past.dictionary });
    past.add(message);
    return bytes.subarray(0, -tail.length);
  });
}

/** Decompresses what a server says, message by message. */
export class Decompressor {
  readonly #past: Past;
  readonly #windowBits: number;

  constructor({ serverForgets, serverWindowBits }: Agreement) {
    this.#past = new Past(serverForgets);
    this.#windowBits = serverWindowBits;
  }

  /** Throws when the server looked back farther than agreed. */
  message(payload: Buffer): Buffer {
    const message = inflateRawSync(Buffer.concat([payload, tail]), {
      finishFlush: constants.Z_SYNC_FLUSH,
      windowBits: this.#windowBits,
      ...this.#past.dictionary,
    });
    this.#past.add(message);
    return message;
  }
}
