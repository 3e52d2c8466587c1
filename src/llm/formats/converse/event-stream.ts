/** AWS event streams (`application/vnd.amazon.eventstream`, smithy.io "Amazon Event Stream Specification"), decoding. */
import type { Frame, FrameDecoder, Framing } from '../../pivot/framing.ts';
import { readHeaders } from './event-stream-headers.ts';

/** Total length, length of the headers, and the check sum of both: four bytes each. */
const preludeLength = 12;
const checksumLength = 4;
/** The specification's limits, in bytes. */
const longestHeaders = 128 * 1024;
const longestMessage = 24 * 1024 * 1024;

const empty = Buffer.alloc(0);

/**
 * Cuts an event stream into frames and checks both check sums of each. The type of an event is its `:event-type`, of an
 * exception `exception:` and its name, of an error without a model `error:` and its code.
 */
export class EventStreamDecoder implements FrameDecoder {
  readonly #parts: Uint8Array[] = [];
  #kept = 0;
  /** Bytes without which nothing can be read. */
  #needed = preludeLength;

  /** @throws SyntaxError for a wrong check sum or malformed headers, RangeError for lengths beyond the limits */
  push(chunk: Uint8Array): readonly Frame[] {
    this.#parts.push(chunk);
    this.#kept += chunk.length;
    if (this.#kept < this.#needed) return [];
    const bytes = Buffer.concat(this.#parts);
    const frames: Frame[] = [];
    let at = 0;
    while (bytes.length - at >= preludeLength) {
      const length = messageLength(bytes.subarray(at, at + preludeLength));
      if (bytes.length - at < length) {
        this.#keep(bytes.subarray(at), length);
        return frames;
      }
      frames.push(readMessage(bytes.subarray(at, at + length)));
      at += length;
    }
    this.#keep(at === bytes.length ? empty : bytes.subarray(at), preludeLength);
    return frames;
  }

  #keep(rest: Uint8Array, needed: number): void {
    this.#parts.length = 0;
    if (rest.length > 0) this.#parts.push(rest);
    this.#kept = rest.length;
    this.#needed = needed;
  }
}

/** How Bedrock streams. */
export const eventStreamFraming: Framing = {
  contentType: 'application/vnd.amazon.eventstream',
  decoder: () => new EventStreamDecoder(),
};

function messageLength(prelude: Buffer): number {
  if (crc32(prelude.subarray(0, 8)) !== prelude.readUInt32BE(8)) {
    throw new SyntaxError('the check sum of a prelude in the event stream is wrong');
  }
  const length = prelude.readUInt32BE(0);
  const headers = prelude.readUInt32BE(4);
  if (length > longestMessage || headers > longestHeaders || length < preludeLength + headers + checksumLength) {
    throw new RangeError(`a message of ${length} bytes with ${headers} bytes of headers in the event stream`);
  }
  return length;
}

function readMessage(message: Buffer): Frame {
  const end = message.length - checksumLength;
  if (crc32(message.subarray(0, end)) !== message.readUInt32BE(end)) {
    throw new SyntaxError('the check sum of a message in the event stream is wrong');
  }
  const headersEnd = preludeLength + message.readUInt32BE(4);
  const headers = readHeaders(message.subarray(preludeLength, headersEnd));
  return toFrame(headers, message.toString('utf8', headersEnd, end));
}

function toFrame(headers: ReadonlyMap<string, string>, data: string): Frame {
  switch (headers.get(':message-type')) {
    case 'exception':
      return { type: `exception:${headers.get(':exception-type') ?? ''}`, data };
    case 'error':
      return {
        type: `error:${headers.get(':error-code') ?? ''}`,
        data: JSON.stringify({ message: headers.get(':error-message') ?? '' }),
      };
    default:
      return { type: headers.get(':event-type') ?? '', data };
  }
}

/** Of node:zlib, which is loaded with the first event stream: nothing else here needs its megabyte. */
function crc32(bytes: Uint8Array): number {
  return process.getBuiltinModule('node:zlib').crc32(bytes);
}
