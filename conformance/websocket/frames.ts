/** Frames of WebSockets as bytes (RFC 6455 §5.2), right and wrong ones. */
import { createHash } from 'node:crypto';

/** What a frame is of; 3 to 7 and 11 to 15 are reserved. */
export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** A frame, read or to be written. */
export interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
  readonly fin: boolean;
  /** The three reserved bits as a number; 4 says that the message is compressed (RFC 7692). */
  readonly reserved: number;
}

/** What clients mask with: any four bytes will do for a server. */
const mask = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

/** A client's frame, masked. */
export function frame(
  opcode: number,
  payload: string | Buffer = '',
  { fin = true, reserved = 0 }: { fin?: boolean; reserved?: number } = {},
): Buffer {
  const data = Buffer.from(payload);
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  let head: Buffer;
  if (data.length < 126) head = Buffer.from([first, 0x80 | data.length]);
  else if (data.length < 65_536) {
    head = Buffer.from([first, 0x80 | 126, 0, 0]);
    head.writeUInt16BE(data.length, 2);
  } else {
    head = Buffer.from([first, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0, 0]);
    head.writeBigUInt64BE(BigInt(data.length), 2);
  }
  for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) ^ (mask[i & 3] as number);
  return Buffer.concat([head, mask, data]);
}

/** A client's close; without `code` it is empty. */
export function closeFrame(code?: number, reason: string | Buffer = ''): Buffer {
  return frame(opcodes.close, closePayload(code, reason));
}

/** What a close carries (RFC 6455 §5.5.1). */
export function closePayload(code?: number, reason: string | Buffer = ''): Buffer {
  if (code === undefined) return Buffer.alloc(0);
  return Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);
}

/** A message as one frame for each of `parts`. */
export function fragments(opcode: number, parts: readonly (string | Buffer)[], reserved = 0): Buffer[] {
  return parts.map((part, i) =>
    frame(i === 0 ? opcode : opcodes.continuation, part, {
      fin: i === parts.length - 1,
      reserved: i === 0 ? reserved : 0,
    }),
  );
}

/** `data` in pieces of `size` bytes. */
export function pieces(data: string | Buffer, size: number): Buffer[] {
  const bytes = Buffer.from(data);
  const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
  return parts.length === 0 ? [bytes] : parts;
}

/** All frames of what a server sent. Throws when they are masked or the last is not whole. */
export function readFrames(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length;) {
    const first = bytes.readUInt8(at);
    const second = bytes.readUInt8(at + 1);
    if (second > 127) throw new Error('a masked frame of a server');
    let start = at + 2;
    let length = second;
    if (second === 126) {
      length = bytes.readUInt16BE(start);
      start += 2;
    } else if (second === 127) {
      length = Number(bytes.readBigUInt64BE(start));
      start += 8;
    }
    if (start + length > bytes.length) throw new Error('half a frame');
    const payload = bytes.subarray(start, start + length);
    frames.push({ opcode: first & 15, payload, fin: first > 127, reserved: (first >> 4) & 7 });
    at = start + length;
  }
  return frames;
}

const names = new Map<number, string>(Object.entries(opcodes).map(([name, opcode]) => [opcode, name]));

/** A line for a reader, different for different frames: kind, flags and payload, or of a long one its length and digest. */
export function shown({ opcode, payload, fin, reserved }: Frame): string {
  const flags = `${fin ? '' : ' not the last'}${reserved === 0 ? '' : ` reserved ${reserved}`}`;
  const name = names.get(opcode) ?? `opcode ${opcode}`;
  if (payload.length > 200) {
    return `${name}${flags}: ${payload.length} bytes, ${createHash('sha256').update(payload).digest('hex')}`;
  }
  return `${name}${flags}: ${payload.toString('hex')}`;
}

/** The line for a whole frame of a server. */
export function line(kind: keyof typeof opcodes, payload: string | Buffer = ''): string {
  return shown({ opcode: opcodes[kind], payload: Buffer.from(payload), fin: true, reserved: 0 });
}

/** The line for a server's close. */
export function closeLine(code?: number, reason: string | Buffer = ''): string {
  return line('close', closePayload(code, reason));
}
