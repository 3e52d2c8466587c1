/** Section 6: text that is UTF-8 and text that is not; from 6.5 on after Markus Kuhn's UTF-8 decoder stress test. */
import { answered, invalidPayload, refused, type Case } from '../case.ts';
import { fragments, frame, line, opcodes, pieces } from '../frames.ts';

const { text } = opcodes;
const hello = Buffer.from('Hello-µ@ßöäüàá-UTF-8!!');
/** A word with a character of three bytes: κόσμε, its accent that of the old script. */
const greek = Buffer.from('cebae1bdb9cf83cebcceb5', 'hex');
/** A surrogate in the middle. */
const broken = Buffer.concat([greek, Buffer.from('eda080', 'hex'), Buffer.from('edited')]);
/** A code point above the last. */
const above = Buffer.from('f4908080', 'hex');
const aboveParts = [greek, above, Buffer.from('edited')];
const aboveWhole = frame(text, Buffer.concat(aboveParts));

function valid(id: string, parts: readonly Buffer[]): Case {
  return answered(id, fragments(text, parts), line('text', Buffer.concat(parts)));
}

function invalid(id: string, parts: readonly Buffer[]): Case {
  return refused(id, fragments(text, parts), invalidPayload);
}

/** `sent` cut after `cut` bytes of the payload; its head has 6 bytes. */
function cutAt(id: string, ...cuts: number[]): Case {
  const at = [0, ...cuts.map((cut) => cut + 6), aboveWhole.length];
  const sent = at.slice(1).map((end, i) => aboveWhole.subarray(at[i], end));
  return refused(id, sent, invalidPayload);
}

const empty = Buffer.alloc(0);

const fragmented: readonly Case[] = [
  valid('6.1.1', [empty]),
  valid('6.1.2', [empty, empty, empty]),
  valid('6.1.3', [empty, Buffer.from('middle frame payload'), empty]),
  valid('6.2.1', [hello]),
  valid('6.2.2', [hello.subarray(0, 12), hello.subarray(12)]),
  valid('6.2.3', pieces(hello, 1)),
  valid('6.2.4', pieces(greek, 1)),
  invalid('6.3.1', [broken]),
  invalid('6.3.2', pieces(broken, 1)),
  // When the peer finds out is its own affair; a relay holds nothing back.
  invalid('6.4.1', aboveParts),
  invalid('6.4.2', [Buffer.concat([greek, above.subarray(0, 3)]), above.subarray(3), Buffer.from('edited')]),
  cutAt('6.4.3', greek.length, greek.length + 4),
  cutAt('6.4.4', greek.length + 3, greek.length + 4),
];

/** Hexadecimal payloads by sub-section, from 6.5 on. */
interface Group {
  readonly valid?: readonly string[];
  readonly invalid?: readonly string[];
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const hex = (...bytes: number[]): string => Buffer.from(bytes).toString('hex');
/** Each byte of a range with a blank after it, as if it began a character. */
const lonely = (from: number, to: number): string => hex(...range(from, to).flatMap((byte) => [byte, 0x20]));
const unfinished = ['c0', 'e080', 'f08080', 'f8808080', 'fc80808080', 'df', 'efbf', 'f7bfbf', 'fbbfbfbf', 'fdbfbfbfbf'];
/** The last two code points of each plane but the first. */
const nonCharacters = range(1, 17).flatMap((plane) =>
  [0xfffe, 0xffff].map((point) => Buffer.from(String.fromCodePoint(plane * 0x10000 + point)).toString('hex')),
);

const groups: readonly Group[] = [
  {
    valid: [
      ...['hello$world', 'hello¢world', 'hello€world', 'hello\u{24b62}world'].map((one) =>
        Buffer.from(one).toString('hex'),
      ),
      greek.toString('hex'),
    ],
  },
  // 6.6: the prefixes of the Greek word, see below.
  {},
  { valid: ['00', 'c280', 'e0a080', 'f0908080'] },
  { invalid: ['f888808080', 'fc8480808080'] },
  { valid: ['7f', 'dfbf', 'efbfbf', 'f48fbfbf'] },
  { invalid: ['f7bfbfbf', 'fbbfbfbfbf', 'fdbfbfbfbfbf'] },
  { valid: ['ed9fbf', 'ee8080', 'efbfbd', 'f48fbfbf'], invalid: ['f4908080'] },
  {
    invalid: ['80', 'bf', '80bf', '80bf80', '80bf80bf', '80bf80bf80', '80bf80bf80bf', hex(...range(0x80, 0xbf))],
  },
  {
    invalid: [lonely(0xc0, 0xdf), lonely(0xe0, 0xef), lonely(0xf0, 0xf7), lonely(0xf8, 0xfb), lonely(0xfc, 0xfd)],
  },
  { invalid: unfinished },
  { invalid: [unfinished.join('')] },
  { invalid: ['fe', 'ff', 'fefeffff'] },
  { invalid: ['c0af', 'e080af', 'f08080af', 'f8808080af', 'fc80808080af'] },
  { invalid: ['c1bf', 'e09fbf', 'f08fbfbf', 'f887bfbfbf', 'fc83bfbfbfbf'] },
  { invalid: ['c080', 'e08080', 'f0808080', 'f880808080', 'fc8080808080'] },
  { invalid: ['eda080', 'edadbf', 'edae80', 'edafbf', 'edb080', 'edbe80', 'edbfbf'] },
  {
    invalid: ['eda080', 'edadbf', 'edae80', 'edafbf'].flatMap((high) => ['edb080', 'edbfbf'].map((low) => high + low)),
  },
  { valid: ['efbfbe', 'efbfbf', ...nonCharacters] },
  { valid: ['efbfb9', 'efbfba', 'efbfbb', 'efbfbc', 'efbfbd', 'efbfbe', 'efbfbf'] },
];

const whole: readonly Case[] = groups.flatMap(({ valid: good = [], invalid: bad = [] }, i) =>
  [...good, ...bad].map((payload, j) => {
    const id = `6.${i + 5}.${j + 1}`;
    const bytes = [Buffer.from(payload, 'hex')];
    return j < good.length ? valid(id, bytes) : invalid(id, bytes);
  }),
);

/** Where a character of the Greek word ends. */
const ends: ReadonlySet<number> = new Set([2, 5, 7, 9, 11]);

const prefixes: readonly Case[] = range(1, greek.length + 1).map((length) => {
  const prefix = [greek.subarray(0, length)];
  return ends.has(length) ? valid(`6.6.${length}`, prefix) : invalid(`6.6.${length}`, prefix);
});

export const utf8: readonly Case[] = [...fragmented, ...whole, ...prefixes];
