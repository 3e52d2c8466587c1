import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { sleep } from '../../base/clock.ts';
import { openLogTarget } from './target.ts';
import { AccessLogWriter } from './writer.ts';
import type { AccessLogWriterOptions } from './writer.ts';

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'access-log-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

function fileWriter(t: TestContext, options?: AccessLogWriterOptions): { log: AccessLogWriter; text: () => string } {
  const path = join(folder(t), 'access.log');
  const fd = openLogTarget(path);
  t.after(() => closeSync(fd));
  return { log: new AccessLogWriter(fd, options), text: () => readFileSync(path, 'utf8') };
}

interface Pipe {
  readonly input: number;
  /** What the pipe holds now. */
  read(): Buffer;
  closeReader(): void;
  reopenReader(): void;
}

/** A named pipe whose two ends do not block. */
function pipe(t: TestContext): Pipe {
  const path = join(folder(t), 'pipe');
  execFileSync('mkfifo', [path]);
  const open = (): number => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  let output: number | null = open();
  const input = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  const closeReader = (): void => {
    if (output !== null) closeSync(output);
    output = null;
  };
  t.after(() => {
    closeReader();
    closeSync(input);
  });
  const buffer = Buffer.alloc(1 << 20);
  return {
    input,
    read: () => {
      try {
        return Buffer.from(buffer.subarray(0, readSync(output!, buffer)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return Buffer.alloc(0);
        throw error;
      }
    },
    closeReader,
    reopenReader: () => {
      output = open();
    },
  };
}

/** Reads until the writer has nothing left. */
async function drain(p: Pipe, ...logs: AccessLogWriter[]): Promise<string> {
  const chunks: Buffer[] = [];
  let done = false;
  const all = Promise.all(logs.map((log) => log.flush(20_000))).then((r) => {
    done = true;
    return r;
  });
  for (let last = false; !last;) {
    last = done;
    chunks.push(p.read());
    await sleep(1);
  }
  assert.ok((await all).every(Boolean));
  return Buffer.concat(chunks).toString();
}

test('lines arrive whole, in order and in UTF-8', async (t) => {
  const { log, text } = fileWriter(t);
  const lines = Array.from({ length: 5000 }, (_, i) => `${i} é 漢 😀 ${'x'.repeat(i % 50)}`);
  for (const line of lines) log.write(line);
  assert.equal(await log.flush(), true);
  assert.equal(text(), `${lines.join('\n')}\n`);
});

test('a line waits no longer than the flush time', async (t) => {
  const { log, text } = fileWriter(t, { flushMs: 5 });
  log.write('a');
  log.write('b');
  assert.equal(text(), '');
  for (let i = 0; i < 500 && text() === ''; i++) await sleep(5);
  assert.equal(text(), 'a\nb\n');
});

test('flushSync writes before it returns', (t) => {
  const { log, text } = fileWriter(t);
  log.write('a');
  log.write('b');
  log.flushSync();
  assert.equal(text(), 'a\nb\n');
});

test('a stalled reader costs a bounded buffer; what does not fit is dropped and counted', async (t) => {
  const p = pipe(t);
  let dropped = 0;
  const log = new AccessLogWriter(p.input, { maxBufferedBytes: 200_000, onDropped: (lines) => (dropped += lines) });
  for (let i = 0; i < 10_000; i++) {
    log.write(`${i} ${'x'.repeat(90)}`);
    if (i % 1000 === 0) await sleep(1);
  }
  assert.equal(await log.flush(20), false);
  assert.ok(dropped > 6000, `${dropped} dropped`);
  const lines = (await drain(p, log)).split('\n');
  assert.equal(lines.pop(), '');
  assert.equal(lines.length + dropped, 10_000);
  const numbers = lines.map((line) => Number(/^(\d+) x{90}$/.exec(line)?.[1]));
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
  );
});

test('writers that share a full pipe do not tear each other apart', async (t) => {
  const p = pipe(t);
  const logs = ['a', 'b', 'c'].map((name) => ({ name, log: new AccessLogWriter(p.input) }));
  for (const { name, log } of logs) for (let i = 0; i < 2000; i++) log.write(name.repeat(20 + ((i * 7) % 300)));
  const lines = (await drain(p, ...logs.map(({ log }) => log))).split('\n');
  assert.equal(lines.pop(), '');
  assert.equal(lines.length, 6000);
  for (const line of lines) assert.match(line, /^(?:a+|b+|c+)$/);
});

test('a line longer than the pipe goes out in parts', async (t) => {
  const p = pipe(t);
  const log = new AccessLogWriter(p.input);
  const lines = ['first', 'y'.repeat(300_000), 'last'];
  for (const line of lines) log.write(line);
  assert.equal(await drain(p, log), `${lines.join('\n')}\n`);
});

test('with the reader gone lines are counted as lost and flush ends', async (t) => {
  const p = pipe(t);
  let dropped = 0;
  const log = new AccessLogWriter(p.input, { onDropped: (lines) => (dropped += lines) });
  p.closeReader();
  for (let i = 0; i < 1000; i++) log.write('x'.repeat(100));
  assert.equal(await log.flush(), true);
  assert.equal(dropped, 1000);
});

test('a line cut off by an error is ended before the next one', async (t) => {
  const p = pipe(t);
  let dropped = 0;
  const log = new AccessLogWriter(p.input, { onDropped: (lines) => (dropped += lines) });
  log.write('y'.repeat(300_000));
  assert.equal(await log.flush(20), false);
  p.closeReader();
  assert.equal(await log.flush(), true);
  log.write('lost while nobody reads');
  assert.equal(await log.flush(), true);
  assert.equal(dropped, 2);
  p.reopenReader();
  log.write('next');
  // The kernel kept what was in the pipe.
  assert.equal((await drain(p, log)).replace(/^y+/, 'y'), 'y\nnext\n');
});

test('flushSync gives up on a stalled reader and counts what it lost', async (t) => {
  const p = pipe(t);
  let dropped = 0;
  const log = new AccessLogWriter(p.input, { onDropped: (lines) => (dropped += lines) });
  for (let i = 0; i < 2000; i++) log.write('x'.repeat(99));
  log.flushSync(10);
  assert.ok(dropped > 0);
  const arrived = (await drain(p, log)).split('\n').length - 1;
  assert.equal(arrived + dropped, 2000);
});

test('a pipe is opened again so that writing to it never blocks', (t) => {
  const path = join(folder(t), 'pipe');
  execFileSync('mkfifo', [path]);
  const blocking = openSync(path, constants.O_RDWR);
  const own = openLogTarget(blocking);
  t.after(() => [blocking, own].forEach((fd) => closeSync(fd)));
  assert.notEqual(own, blocking);
  let dropped = 0;
  const log = new AccessLogWriter(own, { onDropped: (lines) => (dropped += lines) });
  for (let i = 0; i < 2000; i++) log.write('x'.repeat(99));
  log.flushSync(10);
  assert.ok(dropped > 0);
});

test('a file is appended to', async (t) => {
  const path = join(folder(t), 'access.log');
  for (const line of ['a', 'b']) {
    const fd = openLogTarget(path);
    const log = new AccessLogWriter(fd);
    log.write(line);
    assert.equal(await log.flush(), true);
    closeSync(fd);
  }
  assert.equal(readFileSync(path, 'utf8'), 'a\nb\n');
});
