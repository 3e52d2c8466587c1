// A process like the gateway: a guardian and one stubborn child, whose pids it prints.
import { writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { StdioChild } from '../transports/stdio/child.ts';
import { createGuardian } from '../transports/stdio/guardian.ts';
import { memoryLog } from './fetch-harness.ts';

const guardian = createGuardian();
const script = fileURLToPath(import.meta.resolve('./stubborn.sh'));
const target = {
  kind: 'stdio',
  name: 'stubborn',
  command: 'sh',
  args: [script],
  env: new Map<string, string>(),
  inheritEnv: false,
  sharing: 'auto',
  start: 'lazy',
} as const;
const child = new StdioChild(
  target,
  { guardian, worker: 3, maxMessageBytes: 1000, log: memoryLog().log },
  {
    line: (line) => void writeSync(1, `${guardian.pid} ${line}\n`),
    lost: () => undefined,
    gone: () => undefined,
  },
);
process.stdin.on('data', (command: Buffer) => {
  const text = command.toString().trim();
  if (text === 'lost') guardian.lostWorker(3);
  if (text === 'close') child.close();
  if (text === 'exit') process.exit(0);
});
