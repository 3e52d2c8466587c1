/** Section 5: messages in fragments, control frames between them, and fragments of nothing. */
import { answered, chopped, joined, protocolError, refused, type Case } from '../case.ts';
import { fragments, frame, line, opcodes } from '../frames.ts';

const { continuation, text, ping, pong } = opcodes;
const two = ['fragment1', 'fragment2'];
const twoBack = line('text', two.join(''));
const [first, second] = fragments(text, two) as [Buffer, Buffer];
const whole = frame(text, 'Hello, world!');
const stray = (fin: boolean): Buffer => frame(continuation, 'non-continuation payload', { fin });

const halves = answered('', [first, second], twoBack);
const pingBetween = answered('', [first, frame(ping, 'ping payload'), second], line('pong', 'ping payload'), twoBack);
const strayEnd = refused('', [stray(true), whole], protocolError);
const strayBegin = refused('', [stray(false), whole], protocolError);
const begun = [frame(continuation, 'fragment1', { fin: false }), ...fragments(text, ['fragment2', 'fragment3'])];
const ended = [frame(continuation, 'fragment1'), ...fragments(text, ['fragment2', 'fragment3'])];

const five = ['fragment1', 'fragment2', 'fragment3', 'fragment4', 'fragment5'];
const fiveFrames = fragments(text, five);
const pinged = answered(
  '',
  [
    ...fiveFrames.slice(0, 2),
    frame(ping, 'pongme 1!'),
    ...fiveFrames.slice(2, 4),
    frame(ping, 'pongme 2!'),
    ...fiveFrames.slice(4),
  ],
  line('pong', 'pongme 1!'),
  line('pong', 'pongme 2!'),
  line('text', five.join('')),
);

/** At once, frame by frame, byte by byte. */
function threeWays(firstNumber: number, one: Case): Case[] {
  return [
    joined(one, `5.${firstNumber}`),
    { ...one, id: `5.${firstNumber + 1}` },
    chopped(one, `5.${firstNumber + 2}`),
  ];
}

export const fragmentation: readonly Case[] = [
  refused('5.1', fragments(ping, two), protocolError),
  refused('5.2', fragments(pong, two), protocolError),
  ...threeWays(3, halves),
  ...threeWays(6, pingBetween),
  ...threeWays(9, strayEnd),
  ...threeWays(12, strayBegin),
  refused('5.15', [first, second, stray(false), whole], protocolError, twoBack),
  refused('5.16', [...begun, ...begun], protocolError),
  refused('5.17', [...ended, ...ended], protocolError),
  // Another message before the end of the first.
  refused('5.18', [first, frame(text, 'fragment2')], protocolError),
  { ...pinged, id: '5.19' },
  joined(pinged, '5.20'),
];
