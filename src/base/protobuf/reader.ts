import { isUtf8 } from 'node:buffer';

/** Messages nest no deeper: what does is an attack on the stack. */
const maximumDepth = 100;

/** Bytes that are no message of the expected kind. */
export class ProtoError extends Error {
  override name = 'ProtoError';
}

/** Reads protobuf wire format (protobuf.dev, "Encoding"). Throws a {@link ProtoError} for what is cut short or invalid. */
export class ProtoReader {
  readonly #bytes: Buffer;
  #at: number;
  /** Where the message that is being read ends. */
  #end: number;
  #depth = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#at = 0;
    this.#end = bytes.byteLength;
  }

  /** True while the message has more fields. */
  get more(): boolean {
    return this.#at < this.#end;
  }

  /** `field number << 3 | wire type` */
  tag(): number {
    const key = this.varint();
    if (key < 8 || key > 0xffffffff) throw new ProtoError('a field number is out of range');
    return key;
  }

  /** An unsigned number; above 2^53 it loses its lowest bits. */
  varint(): number {
    let result = 0;
    let factor = 1;
    for (let i = 0; i < 10; i++) {
      const byte = this.#byte();
      result += (byte & 0x7f) * factor;
      if (byte < 0x80) return result;
      factor *= 128;
    }
    throw new ProtoError('a number has more than 64 bits');
  }

  /** A number in two's complement of 64 bits. */
  signed(): number {
    const start = this.#at;
    const value = this.varint();
    if (value < 9_223_372_036_854_775_808) return value;
    let big = 0n;
    for (let i = this.#at - 1; i >= start; i--) big = (big << 7n) | BigInt((this.#bytes[i] ?? 0) & 0x7f);
    return Number(BigInt.asIntN(64, big));
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#skip(8));
  }

  utf8(): string {
    const bytes = this.bytes();
    if (!isUtf8(bytes)) throw new ProtoError('a text is no UTF-8');
    return bytes.toString('utf8');
  }

  /** Bytes as text in which each code unit is a byte. */
  latin1(): string {
    return this.bytes().toString('latin1');
  }

  /** A view, not a copy. */
  bytes(): Buffer {
    const size = this.varint();
    const start = this.#skip(size);
    return this.#bytes.subarray(start, start + size);
  }

  /** Reads a part with its length by `read`, which sees only that part. */
  nested<T>(read: () => T): T {
    const size = this.varint();
    const outer = this.#end;
    const inner = this.#at + size;
    if (inner > outer) throw new ProtoError('a message is cut short');
    if (this.#depth >= maximumDepth) throw new ProtoError('messages nest too deeply');
    this.#depth += 1;
    this.#end = inner;
    const value = read();
    this.#end = outer;
    this.#depth -= 1;
    return value;
  }

  /** Passes over a field that nobody knows. */
  skip(key: number): void {
    switch (key & 7) {
      case 0:
        this.varint();
        return;
      case 1:
        this.#skip(8);
        return;
      case 2:
        this.#skip(this.varint());
        return;
      case 5:
        this.#skip(4);
        return;
      default:
        // Groups are gone since proto3.
        throw new ProtoError('a field has an unknown wire type');
    }
  }

  #byte(): number {
    if (this.#at >= this.#end) throw new ProtoError('a message is cut short');
    return this.#bytes[this.#at++] as number;
  }

  #skip(size: number): number {
    const start = this.#at;
    if (size > this.#end - start) throw new ProtoError('a message is cut short');
    this.#at = start + size;
    return start;
  }
}
