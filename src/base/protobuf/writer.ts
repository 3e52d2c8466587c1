/** Writes protobuf wire format (protobuf.dev, "Encoding") into one growing buffer. */
export class ProtoWriter {
  #buffer: Buffer;
  #view: DataView;
  #length = 0;

  constructor() {
    this.#buffer = Buffer.allocUnsafeSlow(256);
    this.#view = viewOf(this.#buffer);
  }

  /** What was written; the writer is not used again. */
  finish(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** @param key `field number << 3 | wire type` */
  tag(key: number): void {
    this.varint(key);
  }

  /** A number from 0 to 2^53 - 1; others as their 64 bits in two's complement. */
  varint(value: number): void {
    this.#room(10);
    if (value < 0 || value > Number.MAX_SAFE_INTEGER) return this.#bigVarint(BigInt.asUintN(64, BigInt(value)));
    let left = value;
    while (left > 0x7fffffff) {
      this.#buffer[this.#length++] = (left & 0x7f) | 0x80;
      left = Math.floor(left / 128);
    }
    while (left > 0x7f) {
      this.#buffer[this.#length++] = (left & 0x7f) | 0x80;
      left >>>= 7;
    }
    this.#buffer[this.#length++] = left;
    return undefined;
  }

  double(value: number): void {
    this.#room(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** Text with its length; `latin1` where each code unit is a byte. */
  text(value: string, encoding: 'utf8' | 'latin1'): void {
    const size = encoding === 'latin1' ? value.length : Buffer.byteLength(value);
    this.varint(size);
    this.#room(size);
    this.#length += this.#buffer.write(value, this.#length, encoding);
  }

  /** Bytes with their length. */
  bytes(value: Uint8Array): void {
    this.varint(value.byteLength);
    this.#room(value.byteLength);
    this.#buffer.set(value, this.#length);
    this.#length += value.byteLength;
  }

  /** Begins a part whose length is not known yet; give the result to {@link end}. */
  begin(): number {
    this.#room(1);
    return this.#length++;
  }

  /** Writes the length of the part that began at `start`: one byte was kept free for it, longer ones move the part. */
  end(start: number): void {
    const size = this.#length - start - 1;
    if (size < 0x80) {
      this.#buffer[start] = size;
      return;
    }
    let more = 0;
    for (let left = size; left > 0x7f; left = Math.floor(left / 128)) more += 1;
    this.#room(more);
    this.#buffer.copyWithin(start + 1 + more, start + 1, this.#length);
    const stop = this.#length + more;
    this.#length = start;
    this.varint(size);
    this.#length = stop;
  }

  #bigVarint(value: bigint): void {
    let left = value;
    while (left > 0x7fn) {
      this.#buffer[this.#length++] = Number(left & 0x7fn) | 0x80;
      left >>= 7n;
    }
    this.#buffer[this.#length++] = Number(left);
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.byteLength) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.byteLength * 2, this.#length + bytes + 16));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
    this.#view = viewOf(larger);
  }
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
