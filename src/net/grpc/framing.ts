import { GrpcError, grpcCodes } from './status.ts';

/** Flag and length in front of each message (gRPC over HTTP2, "Length-Prefixed-Message"). */
const prefixSize = 5;

/** A message as it goes into the body of a call, not compressed. */
export function framed(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(prefixSize + message.byteLength);
  frame[0] = 0;
  frame.writeUInt32BE(message.byteLength, 1);
  frame.set(message, prefixSize);
  return frame;
}

/** Finds the messages in the body of an answer, however it is cut into chunks. */
export class FrameReader {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #size = 0;

  /** @param maxBytes Most that one message may have. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** True between messages. */
  get atBoundary(): boolean {
    return this.#size === 0;
  }

  /** Takes bytes, which it copies where it keeps them. */
  push(chunk: Buffer): void {
    this.#parts.push(Buffer.from(chunk));
    this.#size += chunk.byteLength;
  }

  /**
   * The next whole message, or null. Throws a {@link GrpcError} for one that is too large or compressed, which nobody
   * asked for.
   */
  next(): Buffer | null {
    if (this.#size < prefixSize) return null;
    let first = this.#parts[0] as Buffer;
    if (first.byteLength < prefixSize) first = this.#joined();
    const length = first.readUInt32BE(1);
    if (length > this.#maxBytes) {
      throw new GrpcError(
        grpcCodes.resourceExhausted,
        `the service sent a message of ${length} bytes, more than the ${this.#maxBytes} that are allowed`,
      );
    }
    if (first[0] !== 0) throw new GrpcError(grpcCodes.internal, 'the service sent a compressed message unasked');
    const end = prefixSize + length;
    if (this.#size < end) return null;
    if (first.byteLength < end) first = this.#joined();
    const message = first.subarray(prefixSize, end);
    this.#size -= end;
    if (first.byteLength === end) this.#parts.shift();
    else this.#parts[0] = first.subarray(end);
    return message;
  }

  #joined(): Buffer {
    const all = Buffer.concat(this.#parts);
    this.#parts = [all];
    return all;
  }
}
