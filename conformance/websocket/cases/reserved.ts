/** Sections 3 and 4: bits and opcodes that mean nothing yet. */
import { chopped, joined, protocolError, refused, type Case } from '../case.ts';
import { frame, line, opcodes } from '../frames.ts';

const { text, binary, ping, close } = opcodes;
const hello = frame(text, 'Hello, world!');
const helloBack = line('text', 'Hello, world!');

/** A message that is answered, what is wrong, and a ping that is not answered any more. */
function between(id: string, wrong: Buffer): Case {
  return refused(id, [hello, wrong, frame(ping)], protocolError, helloBack);
}

function alone(id: string, wrong: Buffer): Case {
  return refused(id, [wrong], protocolError);
}

export const reservedBits: readonly Case[] = [
  alone('3.1', frame(text, 'Hello, world!', { reserved: 1 })),
  joined(between('', frame(text, 'Hello, world!', { reserved: 2 })), '3.2'),
  between('3.3', frame(text, 'Hello, world!', { reserved: 3 })),
  chopped(between('', frame(text, 'Hello, world!', { reserved: 4 })), '3.4'),
  alone('3.5', frame(binary, Buffer.alloc(8, 0xff), { reserved: 5 })),
  alone('3.6', frame(ping, 'Hello, world!', { reserved: 6 })),
  alone('3.7', frame(close, Buffer.from([3, 232]), { reserved: 7 })),
];

/** Five of each half: alone, with a payload, after a message, that with a payload, and that byte by byte. */
export const reservedOpcodes: readonly Case[] = [3, 11].flatMap((first, i) => [
  alone(`4.${i + 1}.1`, frame(first)),
  alone(`4.${i + 1}.2`, frame(first + 1, 'reserved opcode payload')),
  between(`4.${i + 1}.3`, frame(first + 2)),
  between(`4.${i + 1}.4`, frame(first + 3, 'reserved opcode payload')),
  chopped(between('', frame(first + 4, 'reserved opcode payload')), `4.${i + 1}.5`),
]);
