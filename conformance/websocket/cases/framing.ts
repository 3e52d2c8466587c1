/** Sections 1, 9 and 10: messages of all sizes, in frames and pieces of all sizes. */
import { answered, chopped, type Case } from '../case.ts';
import { fragments, frame, line, opcodes, pieces } from '../frames.ts';

const kinds = ['text', 'binary'] as const;
const KiB = 1024;
const everyByte = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

function message(kind: (typeof kinds)[number], length: number): Buffer {
  return Buffer.alloc(length, kind === 'text' ? 'lorem ipsum ' : everyByte);
}

function whole(id: string, kind: (typeof kinds)[number], data: Buffer): Case {
  return answered(id, [frame(opcodes[kind], data)], line(kind, data));
}

/** Lengths about those at which the length takes more bytes (RFC 6455 §5.2). */
export const framing: readonly Case[] = kinds.flatMap((kind, i) => {
  const lengths = [0, 125, 126, 127, 128, 65_535, 65_536];
  const cases = lengths.map((length, j) => whole(`1.${i + 1}.${j + 1}`, kind, message(kind, length)));
  return [...cases, chopped(whole('', kind, message(kind, 65_536)), `1.${i + 1}.8`, 997)];
});

/** Long messages, whole, in fragments and in pieces, and many in turn; a quarter of Autobahn's sizes, or less. */
export const sizes: readonly Case[] = kinds.flatMap((kind, i) => {
  const long = [16, 64, 256, 1024, 2048, 4096].map((size, j) =>
    whole(`9.${i + 1}.${j + 1}`, kind, message(kind, size * KiB)),
  );
  const data = message(kind, 256 * KiB);
  const inFragments = [64, 256, KiB, 4 * KiB, 16 * KiB, 64 * KiB, 256 * KiB].map((size, j) =>
    answered(`9.${i + 3}.${j + 1}`, fragments(opcodes[kind], pieces(data, size)), line(kind, data)),
  );
  const inPieces = [64, 128, 256, 512, KiB, 2 * KiB].map((size, j) =>
    chopped(whole('', kind, message(kind, 64 * KiB)), `9.${i + 5}.${j + 1}`, size),
  );
  const inTurn = [0, 16, 64, 256, KiB, 4 * KiB].map((size, j) => {
    const one = message(kind, size);
    const count = 100;
    return answered(
      `9.${i + 7}.${j + 1}`,
      Array.from({ length: count }, () => frame(opcodes[kind], one)),
      ...Array.from({ length: count }, () => line(kind, one)),
    );
  });
  return [...long, ...inFragments, ...inPieces, ...inTurn];
});

const fragmented = Buffer.alloc(65_536, '*');

export const autoFragmented: readonly Case[] = [
  answered('10.1.1', fragments(opcodes.text, pieces(fragmented, 1300)), line('text', fragmented)),
];
