/** Section 2: pings and pongs. */
import { answered, chopped, joined, protocolError, refused, type Case } from '../case.ts';
import { frame, line, opcodes } from '../frames.ts';

const { ping, pong } = opcodes;
const bytes = Buffer.from('00fffefdfcfb00ff', 'hex');
const longest = Buffer.alloc(125, 0xfe);

const tenTexts = Array.from({ length: 10 }, (_, i) => `payload-${i}`);
const ten = answered(
  '2.10',
  tenTexts.map((text) => frame(ping, text)),
  ...tenTexts.map((text) => line('pong', text)),
);
const longestPing = answered('2.4', [frame(ping, longest)], line('pong', longest));

export const control: readonly Case[] = [
  answered('2.1', [frame(ping)], line('pong')),
  answered('2.2', [frame(ping, 'Hello, world!')], line('pong', 'Hello, world!')),
  answered('2.3', [frame(ping, bytes)], line('pong', bytes)),
  longestPing,
  refused('2.5', [frame(ping, Buffer.alloc(126, 0xfe))], protocolError),
  chopped(longestPing, '2.6'),
  answered('2.7', [frame(pong)]),
  answered('2.8', [frame(pong, 'unasked')]),
  answered('2.9', [frame(pong, 'unasked'), frame(ping, 'asked')], line('pong', 'asked')),
  joined(ten, '2.10'),
  chopped(ten, '2.11'),
];
