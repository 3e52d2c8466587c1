/** Section 7: closes, their codes and reasons, and what comes after them. */
import { answered, invalidPayload, protocolError, refused, type Case } from '../case.ts';
import { closeFrame, closeLine, fragments, frame, line, opcodes } from '../frames.ts';

const { text, ping, close } = opcodes;
const hello = frame(text, 'Hello World!');
const [first, second] = fragments(text, ['fragment1', 'fragment2']) as [Buffer, Buffer];
const long = Buffer.alloc(256 * 1024, 'BAsd7&jh23');

/** The close comes back as it was. */
function echoed(id: string, code?: number, reason: string | Buffer = ''): Case {
  return { id, sent: [closeFrame(code, reason)], expected: [closeLine(code, reason)] };
}

/** What comes after the close has no effect. */
function after(id: string, sent: readonly Buffer[]): Case {
  return { id, sent, expected: [closeLine(1000)] };
}

const usable = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
const reserved = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999];

export const closing: readonly Case[] = [
  answered('7.1.1', [hello], line('text', 'Hello World!')),
  after('7.1.2', [closeFrame(1000), closeFrame(1000)]),
  after('7.1.3', [closeFrame(1000), frame(ping)]),
  after('7.1.4', [closeFrame(1000), hello]),
  after('7.1.5', [first, closeFrame(1000), second]),
  {
    id: '7.1.6',
    sent: [frame(text, long), closeFrame(1000), frame(ping)],
    expected: [line('text', long), closeLine(1000)],
  },
  echoed('7.3.1'),
  refused('7.3.2', [frame(close, 'a')], protocolError),
  echoed('7.3.3', 1000),
  echoed('7.3.4', 1000, 'Hello World!'),
  echoed('7.3.5', 1000, '*'.repeat(123)),
  refused('7.3.6', [closeFrame(1000, '*'.repeat(124))], protocolError),
  refused('7.5.1', [closeFrame(1000, Buffer.from('cebae1bdb9cf83cebcceb5eda080656469746564', 'hex'))], invalidPayload),
  ...usable.map((code, i) => echoed(`7.7.${i + 1}`, code)),
  ...reserved.map((code, i) => refused(`7.9.${i + 1}`, [closeFrame(code)], protocolError)),
  // Beyond every range; Autobahn leaves open what comes of them.
  refused('7.13.1', [closeFrame(5000)], protocolError),
  refused('7.13.2', [closeFrame(65_535)], protocolError),
];
