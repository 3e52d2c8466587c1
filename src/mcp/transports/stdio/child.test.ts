import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { McpStdioTarget } from '../../../model/mcp.ts';
import { memoryLog } from '../../testdata/fetch-harness.ts';
import type { TargetError } from '../transport.ts';
import { StdioChild } from './child.ts';
import { childEnvironment } from './environment.ts';
import type { Guardian } from './guardian.ts';
import { LineSplitter } from './lines.ts';

/** Notes what it is told, in order with everything else. */
function noting(events: string[]): Guardian {
  return {
    register: (pgid, worker) => events.push(`register ${pgid > 1} ${worker}`),
    unregister: (pgid) => events.push(`unregister ${pgid > 1}`),
    lostWorker: () => undefined,
  };
}

const maxMessageBytes = 5000;

interface Run {
  readonly events: string[];
  readonly logged: string[];
  readonly error: TargetError;
}

/** Runs a target until it ends by itself. */
function run(spec: Partial<McpStdioTarget>, guardian?: Guardian): Promise<Run> {
  const events: string[] = [];
  const { log, lines } = memoryLog();
  const target: McpStdioTarget = {
    kind: 'stdio',
    name: 't',
    command: 'sh',
    args: [],
    env: new Map(),
    inheritEnv: false,
    sharing: 'auto',
    start: 'lazy',
    ...spec,
  };
  return new Promise((resolve) => {
    const child = new StdioChild(
      target,
      { guardian: guardian ?? noting(events), worker: 9, maxMessageBytes, log },
      {
        line(line) {
          events.push(line);
          if (line === 'ready') child.write('{"x":"é"}');
        },
        lost: (error) => setTimeout(() => resolve({ events, logged: lines, error }), 20),
        gone: () => events.push('gone'),
      },
    );
  });
}

test('the command runs only after its group is registered, with its arguments untouched', async () => {
  const { events, error } = await run({ args: ['-c', 'echo "$1|$2"; exit 3', 'sh', 'a b', '$HOME;*'] });
  assert.deepEqual(events, ['register true 9', 'a b|$HOME;*', 'unregister true', 'gone']);
  assert.equal(error.message, 'has ended (exit code 3)');
});

test('lines go both ways as UTF-8', async () => {
  const { events } = await run({ args: ['-c', 'echo ready; IFS= read -r line; printf "%s\\n" "got $line"'] });
  assert.equal(events[2], 'got {"x":"é"}');
});

test('the environment is PATH, HOME and what the target names, no more', async () => {
  process.env['WAYGATE_TEST_SECRET'] = 'x';
  const { events } = await run({ command: 'env', env: new Map([['TOKEN', 'a b']]) });
  delete process.env['WAYGATE_TEST_SECRET'];
  const names = events.flatMap((line) => (line.includes('=') ? [line.split('=', 1)[0]] : []));
  assert.deepEqual(new Set(names), new Set(['PATH', 'HOME', 'TOKEN']));
  assert.ok(events.includes('TOKEN=a b'));
});

test('a target that asks for it inherits the environment', () => {
  const own = { PATH: '/bin', HOME: '/root', OTHER: '1', NONE: undefined };
  const env = new Map([['OTHER', '2']]);
  assert.deepEqual(childEnvironment({ env, inheritEnv: true }, own), { PATH: '/bin', HOME: '/root', OTHER: '2' });
  assert.deepEqual(childEnvironment({ env, inheritEnv: false }, { PATH: '/bin' }), { PATH: '/bin', OTHER: '2' });
});

test('a command or folder that does not exist is named', async () => {
  const command = await run({ command: 'no-such-command-here' });
  assert.equal(command.error.message, 'has ended (command "no-such-command-here" not found)');
  const folder = await run({ cwd: '/no/such/folder' });
  assert.equal(folder.error.message, 'could not be started: no folder /no/such/folder');
});

test('standard error goes to the log by line, bounded, and its last line into the error', async () => {
  const { logged, error } = await run({
    args: ['-c', 'echo one >&2; head -c 20000 /dev/zero | tr "\\0" x >&2; echo >&2; echo two >&2; exit 1'],
  });
  assert.ok(logged.some((line) => line.includes('target=t') && line.includes('detail=one')));
  assert.ok(logged.every((line) => line.length < 10_000));
  // In one write, so that the line comes whole.
  const whole = await run({ args: ['-c', 'x=$(head -c 20000 /dev/zero | tr "\\0" x); printf "%s\\n" "$x" >&2'] });
  assert.ok(whole.logged.some((line) => line.includes('xxx')));
  assert.ok(whole.logged.every((line) => line.length < 10_000));
  assert.match(error.message, /exit code 1\); it last said: two$/);
});

test('of a flood on standard error some lines are logged, and how many were not', async () => {
  const { logged } = await run({ args: ['-c', 'i=0; while [ $i -lt 50 ]; do i=$((i+1)); echo line $i >&2; done'] });
  const lines = logged.filter((line) => line.includes('detail="line '));
  assert.equal(lines.length, 20);
  assert.ok(logged.some((line) => line.includes('30 lines were dropped: more than 20 in 10 s')));
});

test('ending what could not be started harms nobody', async () => {
  const gone = Promise.withResolvers<void>();
  const { log } = memoryLog();
  const child = new StdioChild(
    {
      kind: 'stdio',
      name: 't',
      command: 'true',
      args: [],
      env: new Map(),
      inheritEnv: false,
      sharing: 'auto',
      start: 'lazy',
      cwd: '/no/such/folder',
    },
    { guardian: noting([]), worker: 9, maxMessageBytes, log },
    { line: () => undefined, lost: () => undefined, gone: gone.resolve },
  );
  await gone.promise;
  const kill = mock.method(process, 'kill', () => true);
  child.close();
  await new Promise((resolve) => setTimeout(resolve, 1200));
  assert.equal(kill.mock.callCount(), 0);
  kill.mock.restore();
});

test('what a server leaves behind in its group ends with it', async () => {
  const { events } = await run({ args: ['-c', 'sleep 60 & echo $!'] });
  const left = Number(events[1]);
  assert.ok(left > 1);
  // TERM was sent before the exit was reported.
  for (let i = 0; i < 40; i++) {
    try {
      process.kill(left, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail('the process is still there');
});

test('without its guardian a target does not start', async () => {
  const gone: Guardian = {
    register() {
      throw new Error('gone');
    },
    unregister: () => undefined,
    lostWorker: () => undefined,
  };
  await assert.rejects(run({ args: ['-c', 'echo ran'] }, gone), /guardian process is gone/);
});

test('lines are found whatever the chunks, and a line without end is refused', () => {
  const bytes = Buffer.from('a\nü😀\n\nrest');
  for (let cut = 0; cut <= bytes.length; cut++) {
    const lines: string[] = [];
    const splitter = new LineSplitter(100);
    splitter.push(bytes.subarray(0, cut), (line) => lines.push(line));
    splitter.push(bytes.subarray(cut), (line) => lines.push(line));
    assert.deepEqual(lines, ['a', 'ü😀', '']);
  }
  const splitter = new LineSplitter(100);
  assert.throws(() => {
    for (let i = 0; i < 20; i++) splitter.push(Buffer.from('0123456789'), () => undefined);
  }, RangeError);
});

test('a program that sends more than it may in one message is ended; the limit says which', async () => {
  for (const length of [maxMessageBytes + 1, 20 * maxMessageBytes]) {
    const { events, error } = await run({ args: ['-c', `head -c ${length} /dev/zero | tr '\\0' x; echo; sleep 60`] });
    assert.equal(error.message, `sent a message of more than ${maxMessageBytes} bytes`);
    assert.equal(error.limit, 'server_message_size');
    assert.ok(events.every((event) => event.length <= maxMessageBytes));
  }
});
