import type { HeaderList } from '../http/headers.ts';
import type { DeliveryMode } from '../http/outbound.ts';
import { hexValue, tokenClass, valueClass } from './characters.ts';
import { malformed } from '../http/head-error.ts';
import { parseTrailers, writeTrailers } from './trailers.ts';

const CR = 13;
const LF = 10;

/** Largest sum of extension bytes in one body, and largest trailer section. */
const MAX_EXTENSION_BYTES = 16_384;
const MAX_TRAILER_BYTES = 16_384;

/** Digits of a chunk size, leading zeros included; 13 hold every safe integer. */
const MAX_SIZE_DIGITS = 13;

/** Takes what a {@link ChunkedDecoder} finds. */
export interface ChunkSink {
  /** Bytes inside chunks; modes `payload` and `tapped`. */
  chunkPayload(bytes: Buffer): void;
  /** Bytes with their framing; modes `framed` and `tapped`, after the payload inside them. */
  chunkFramed(bytes: Buffer): void;
}

const state = {
  size: 0,
  extension: 1,
  quoted: 2,
  quotedPair: 3,
  sizeLf: 4,
  data: 5,
  dataCr: 6,
  dataLf: 7,
  trailerStart: 8,
  trailer: 9,
  endLf: 10,
  done: 11,
} as const;

/**
 * Reads a chunked body (RFC 9112 §7.1) that arrives in pieces of any size. Strict: no blanks around sizes, no bare CR or
 * LF. Framed output is what came in, without extensions, and with the trailers that {@link parseTrailers} lets through.
 */
export class ChunkedDecoder {
  done = false;
  /** After `done`: the trailers, or null. */
  trailers: HeaderList | null = null;

  readonly #sink: ChunkSink;
  readonly #mode: DeliveryMode;
  #state: number = state.size;
  #left = 0;
  #digits = 0;
  #extensionBytes = 0;
  /** What an extension's last byte was: `;`, inside a name, `=`, inside a value, or after a quoted value. */
  #extensionPart = '';
  #trailerText: Buffer[] = [];
  #trailerBytes = 0;
  #trailerTail = 0;

  constructor(sink: ChunkSink, mode: DeliveryMode) {
    this.#sink = sink;
    this.#mode = mode;
  }

  /**
   * Reads from `start` on; returns the offset after the last byte that belongs to the body. Throws badRequest on broken
   * framing.
   */
  feed(bytes: Buffer, start: number): number {
    const length = bytes.length;
    let i = start;
    /** Where the framed bytes not yet given out begin. */
    let run = start;
    while (i < length) {
      const byte = bytes[i] as number;
      switch (this.#state) {
        case state.size: {
          const digit = hexValue[byte] as number;
          if (digit !== 255) {
            this.#digits += 1;
            if (this.#digits > MAX_SIZE_DIGITS) throw malformed('a chunk size that is too large');
            this.#left = this.#left * 16 + digit;
          } else {
            if (this.#digits === 0) throw malformed('an invalid chunk size');
            if (byte === CR) this.#state = state.sizeLf;
            else if (byte === 59) {
              this.#give(bytes, run, i);
              this.#extensionPart = ';';
              this.#state = state.extension;
            } else throw malformed('an invalid chunk size');
          }
          i += 1;
          break;
        }
        case state.extension:
        case state.quoted:
        case state.quotedPair:
          if (this.#extension(byte)) run = i;
          i += 1;
          if ((this.#state as number) !== state.sizeLf) run = i;
          break;
        case state.sizeLf:
          if (byte !== LF) throw malformed('a chunk size line ends with CR without LF');
          i += 1;
          if (this.#left > Number.MAX_SAFE_INTEGER) throw malformed('a chunk size that is too large');
          this.#digits = 0;
          if (this.#left > 0) this.#state = state.data;
          else if (i + 1 < length && bytes[i] === CR && bytes[i + 1] === LF) {
            this.#give(bytes, run, i + 2);
            this.#state = state.done;
            this.done = true;
            return i + 2;
          } else {
            this.#state = state.trailerStart;
            this.#give(bytes, run, i);
            run = i;
          }
          break;
        case state.data: {
          const end = Math.min(length, i + this.#left);
          if (this.#mode !== 'framed') this.#sink.chunkPayload(slice(bytes, i, end));
          this.#left -= end - i;
          i = end;
          if (this.#left === 0) this.#state = state.dataCr;
          break;
        }
        case state.dataCr:
          if (byte !== CR) throw malformed('chunk data longer than its size');
          this.#state = state.dataLf;
          i += 1;
          break;
        case state.dataLf:
          if (byte !== LF) throw malformed('chunk data longer than its size');
          this.#state = state.size;
          i += 1;
          break;
        default:
          i = this.#tail(bytes, i);
          run = i;
          if (this.done) return i;
      }
    }
    if (this.#state < state.extension || this.#state > state.quotedPair) this.#give(bytes, run, length);
    return i;
  }

  /** One byte of an extension, which is checked and dropped; true when it is the CR that ends the line. */
  #extension(byte: number): boolean {
    this.#extensionBytes += 1;
    if (this.#extensionBytes > MAX_EXTENSION_BYTES) throw malformed('chunk extensions that are too long');
    if (this.#state === state.quotedPair) {
      if (valueClass[byte] === 0) throw malformed('an invalid chunk extension');
      this.#state = state.quoted;
      return false;
    }
    if (this.#state === state.quoted) {
      if (byte === 34) {
        this.#state = state.extension;
        this.#extensionPart = 'end';
      } else if (byte === 92) this.#state = state.quotedPair;
      else if (valueClass[byte] === 0) throw malformed('an invalid chunk extension');
      return false;
    }
    const part = this.#extensionPart;
    if (tokenClass[byte] !== 0 && part !== 'end') {
      if (part === ';') this.#extensionPart = 'name';
      else if (part === '=') this.#extensionPart = 'value';
    } else if (byte === 61 && part === 'name') this.#extensionPart = '=';
    else if (byte === 34 && part === '=') this.#state = state.quoted;
    else if (part === ';' || part === '=') throw malformed('an invalid chunk extension');
    else if (byte === 59) this.#extensionPart = ';';
    else if (byte === CR) {
      this.#state = state.sizeLf;
      return true;
    } else throw malformed('an invalid chunk extension');
    return false;
  }

  /** From after the last chunk's line: trailers, kept until they are whole, and the empty line. */
  #tail(bytes: Buffer, at: number): number {
    if (this.#state === state.trailerStart) {
      this.#state = bytes[at] === CR ? state.endLf : state.trailer;
      if (this.#state === state.endLf) return at + 1;
    }
    if (this.#state === state.endLf) {
      if (bytes[at] !== LF) throw malformed('a chunked body that does not end with an empty line');
      this.#finish(null);
      return at + 1;
    }
    // The section ends with CR LF CR LF; `#trailerTail` counts how much of that has been seen.
    let i = at;
    while (i < bytes.length && this.#trailerTail < 4) {
      const byte = bytes[i] as number;
      if (byte === (this.#trailerTail % 2 === 0 ? CR : LF)) this.#trailerTail += 1;
      else if (byte === CR || byte === LF || this.#trailerTail % 2 === 1)
        throw malformed('a bare CR or LF in a trailer');
      else this.#trailerTail = 0;
      i += 1;
    }
    this.#trailerBytes += i - at;
    if (this.#trailerBytes > MAX_TRAILER_BYTES) throw malformed('trailers that are too long');
    // Copied: the section may be completed by a later buffer.
    this.#trailerText.push(Buffer.from(bytes.subarray(at, i)));
    if (this.#trailerTail === 4) this.#finish(parseTrailers(Buffer.concat(this.#trailerText)));
    return i;
  }

  #finish(trailers: HeaderList | null): void {
    this.#state = state.done;
    this.done = true;
    this.trailers = trailers;
    this.#trailerText = [];
    if (this.#mode !== 'payload') this.#sink.chunkFramed(writeTrailers(trailers));
  }

  #give(bytes: Buffer, from: number, to: number): void {
    if (to > from && this.#mode !== 'payload') this.#sink.chunkFramed(slice(bytes, from, to));
  }
}

function slice(bytes: Buffer, from: number, to: number): Buffer {
  return from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to);
}
