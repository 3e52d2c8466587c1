/** What a case is, and the three kinds that nearly all are of. */
import type { Offer } from './compression.ts';
import { closeFrame, closeLine } from './frames.ts';

/** Bytes for an echoing server, and the frames that must come back. */
export interface Case {
  /** As in Autobahn's suite. */
  readonly id: string;
  /** Written one by one. */
  readonly sent: readonly Buffer[];
  /** Whole frames of the server as lines, messages decompressed. After them it ends the connection. */
  readonly expected: readonly string[];
  /** Offered in the handshake. */
  readonly offer?: Offer;
}

/** What breaks the protocol, and what is no UTF-8 (RFC 6455 §7.4.1). */
export const protocolError = 1002;
export const invalidPayload = 1007;

/** All is answered, and the client closes when it has said all. */
export function answered(id: string, sent: readonly Buffer[], ...expected: string[]): Case {
  return { id, sent: [...sent, closeFrame(1000)], expected: [...expected, closeLine(1000)] };
}

/** The server closes with `code`, after `before`. */
export function refused(id: string, sent: readonly Buffer[], code: number, ...before: string[]): Case {
  return { id, sent, expected: [...before, closeLine(code)] };
}

/** The same bytes, `size` of them at a time. */
export function chopped({ sent, ...rest }: Case, id: string, size = 1): Case {
  const bytes = Buffer.concat(sent);
  const count = Math.ceil(bytes.length / size);
  return { ...rest, id, sent: Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size)) };
}

/** The same bytes at once. */
export function joined({ sent, ...rest }: Case, id: string): Case {
  return { ...rest, id, sent: [Buffer.concat(sent)] };
}
