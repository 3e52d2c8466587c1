/** Sections 12 and 13: compressed messages of five kinds, and what client and server agree on about it (RFC 7692). */
import { createHash } from 'node:crypto';
import type { Case } from '../case.ts';
import { compressAll, type Offer } from '../compression.ts';
import { closeFrame, closeLine, fragments, line, opcodes, pieces } from '../frames.ts';

/** Of a message, and of its fragments once compressed; 0: one. */
const lengths: readonly (readonly [number, number])[] = [
  ...[16, 64, 256, 1024, 4096, 8192, 16_384, 32_768, 65_536, 131_072].map((length) => [length, 0] as const),
  ...[8192, 16_384, 32_768, 65_536, 131_072].map((length) => [length, 256] as const),
  ...[1024, 4096, 32_768].map((size) => [131_072, size] as const),
];

/** Messages of a case where Autobahn sends a thousand; fewer where they are long. */
function countOf(length: number): number {
  return length > 16_384 ? 2 : 10;
}

/** Bytes that look random, always the same. */
function noise(length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, i) =>
    createHash('sha256').update(String(i)).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

const dataLength = 200_000;
const random = noise(dataLength);
const words = 'lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor'.split(' ');
const prose = Array.from(random.subarray(0, 40_000), (byte) => words[byte % words.length]).join(' ');

/** What Autobahn has files for: JSON, a picture, prose, a page, and what is compressed already. */
const kinds: readonly { readonly opcode: 'text' | 'binary'; readonly data: Buffer }[] = [
  {
    opcode: 'text',
    data: Buffer.from(JSON.stringify(Array.from(random.subarray(0, 8000), (id) => ({ id, on: id > 127 })))),
  },
  { opcode: 'binary', data: Buffer.from(random.map((byte, i) => (byte & 7) + (i >> 9))) },
  { opcode: 'binary', data: Buffer.from(prose).subarray(0, dataLength) },
  {
    opcode: 'text',
    data: Buffer.from(`<p class="a">${prose.replaceAll(' ', '</p>\n<p>')}</p>`).subarray(0, dataLength),
  },
  { opcode: 'binary', data: random },
];

interface Settings {
  readonly kind: (typeof kinds)[number];
  readonly offer: Offer;
  readonly clientForgets: boolean;
}

function compressed(id: string, { kind, offer, clientForgets }: Settings, length: number, size: number): Case {
  const { opcode, data } = kind;
  const messages = Array.from({ length: countOf(length) }, (_, i) => {
    const start = (i * length) % (data.length - length);
    return data.subarray(start, start + length);
  });
  const compression = 4;
  const sent = compressAll(messages, clientForgets).flatMap((payload) =>
    fragments(opcodes[opcode], size === 0 ? [payload] : pieces(payload, size), compression),
  );
  return {
    id,
    offer,
    sent: [...sent, closeFrame(1000)],
    expected: [...messages.map((message) => line(opcode, message)), closeLine(1000)],
  };
}

function allLengths(section: string, settings: Settings): Case[] {
  return lengths.map(([length, size], i) => compressed(`${section}.${i + 1}`, settings, length, size));
}

const offered = 'permessage-deflate; client_max_window_bits';

export const compression: readonly Case[] = kinds.flatMap((kind, i) =>
  allLengths(`12.${i + 1}`, { kind, offer: offered, clientForgets: false }),
);

const forgetful = 'permessage-deflate; client_no_context_takeover; client_max_window_bits';
const [json] = kinds as [(typeof kinds)[number]];

/** Whether the server is to forget each message, and how far it may look back. */
export const agreements: readonly Case[] = [
  forgetful,
  `${forgetful}; server_no_context_takeover`,
  `${forgetful}; server_max_window_bits=9`,
  `${forgetful}; server_max_window_bits=15`,
  `${forgetful}; server_no_context_takeover; server_max_window_bits=9`,
  `${forgetful}; server_no_context_takeover; server_max_window_bits=15`,
  [
    `${forgetful}; server_no_context_takeover; server_max_window_bits=9`,
    `${forgetful}; server_no_context_takeover`,
    forgetful,
  ].join(', '),
].flatMap((offer, i) => allLengths(`13.${i + 1}`, { kind: json, offer, clientForgets: true }));
