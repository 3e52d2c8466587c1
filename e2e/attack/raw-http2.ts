import { bytesOf, type Fields, type FrameSpec } from './cases.ts';

/** How a client begins (RFC 9113 §3.4), with SETTINGS that change nothing. */
export const preface: Buffer = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1');

const frame = { headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7 } as const;

/** The bytes of a frame, as often as it comes. Nothing is checked: it is as wrong as it is meant to be. */
export function framesOf(spec: FrameSpec): Buffer {
  const payload = spec.fields === undefined ? bytesOf(spec.payload ?? '') : headerBlock(spec.fields);
  const { type, flags = 0, times = 1, length = payload.length } = spec;
  const frames: Buffer[] = [];
  for (let i = 0; i < times; i += 1) {
    const stream = spec.stream === '+' ? 2 * i + 1 : (spec.stream ?? 0);
    frames.push(header(length, type, flags, stream), payload);
    if (spec.reset === true) frames.push(header(4, frame.reset, 0, stream), Buffer.from([0, 0, 0, 8]));
  }
  return Buffer.concat(frames);
}

/** A PING whose answer tells that all before it was read. */
export const lastPing: Buffer = framesOf({ type: frame.ping, payload: 'the end!' });

function header(length: number, type: number, flags: number, stream: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeUIntBE(length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  return bytes;
}

/** Field lines as literals without an index (RFC 7541 §6.2.2), whatever their characters. */
function headerBlock(fields: Fields): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.of(0), ...text(name), ...text(value)]));
}

function text(value: string): Buffer[] {
  const bytes = Buffer.from(value, 'latin1');
  const length: number[] = [];
  let left = bytes.length;
  if (left < 127) length.push(left);
  else {
    length.push(127);
    for (left -= 127; left >= 128; left >>= 7) length.push((left & 127) | 128);
    length.push(left);
  }
  return [Buffer.from(length), bytes];
}

/** What a server said over HTTP/2, as far as it matters here. */
export interface Heard {
  /** Final status codes in order. */
  readonly statuses: readonly number[];
  readonly resets: number;
  /** Error codes of GOAWAY. */
  readonly goaways: readonly number[];
  /** The answer to {@link lastPing} came. */
  readonly pinged: boolean;
}

/** Reads all whole frames of `received`, the text of a connection. */
export function hear(received: string): Heard {
  const bytes = Buffer.from(received, 'latin1');
  const statuses: number[] = [];
  const goaways: number[] = [];
  let resets = 0;
  let pinged = false;
  for (let at = 0; at + 9 <= bytes.length;) {
    const end = at + 9 + bytes.readUIntBE(at, 3);
    if (end > bytes.length) break;
    const payload = bytes.subarray(at + 9, end);
    const type = bytes[at + 3];
    if (type === frame.headers) {
      const status = statusOf(payload);
      if (status >= 200) statuses.push(status);
    } else if (type === frame.reset) resets += 1;
    else if (type === frame.goaway) goaways.push(payload.readUInt32BE(4));
    else if (type === frame.ping && payload.toString('latin1') === 'the end!') pinged = true;
    at = end;
  }
  return { statuses, resets, goaways, pinged };
}

const indexed = [200, 204, 206, 304, 400, 404, 500];

/** `:status`, the first field of a response's header block; 0 for trailers. */
function statusOf(block: Buffer): number {
  let at = 0;
  // Changes of the table's size come first (RFC 7541 §4.2).
  while (((block[at] ?? 0) & 0xe0) === 0x20) at += 1;
  const first = block[at] ?? 0;
  if (first >= 0x88 && first <= 0x8e) return indexed[first - 0x88] ?? 0;
  const index = first >= 0x40 && first < 0x80 ? first & 0x3f : first & 0x0f;
  if (first >= 0x80 || index < 8 || index > 14) return 0;
  const length = block[at + 1] ?? 0;
  const value = block.subarray(at + 2, at + 2 + (length & 0x7f));
  return Number((length & 0x80) === 0 ? value.toString('latin1') : digits(value));
}

/** Three digits in the code of RFC 7541 appendix B: `0` to `2` have five bits, the others six. */
function digits(value: Buffer): string {
  let bits = [...value].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  let result = '';
  while (result.length < 3 && bits.length >= 5) {
    const short = Number.parseInt(bits.slice(0, 5), 2);
    const size = short <= 2 ? 5 : 6;
    result += size === 5 ? short : Number.parseInt(bits.slice(0, 6), 2) - 0x16;
    bits = bits.slice(size);
  }
  return result;
}
