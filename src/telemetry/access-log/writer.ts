import { fstatSync, write, writeSync } from 'node:fs';
import { after, cancelTimer, monotonicMs } from '../../base/clock.ts';
import type { Timer } from '../../base/clock.ts';
import { LineEncoder } from './line-encoder.ts';

/** Choices of a writer. */
export interface AccessLogWriterOptions {
  /** Lines beyond this many waiting bytes are dropped. Default 8 MiB. */
  readonly maxBufferedBytes?: number;
  /** Longest time in milliseconds that a line waits for company. Default 100. */
  readonly flushMs?: number;
  /** Lines were lost: the reader is too slow or gone. Called at once, possibly often. */
  readonly onDropped?: (lines: number) => void;
}

/** Lines are written when about this many bytes wait. */
const batchSize = 65_536;
/** With room for what may come after the last line that fits. */
const blockSize = batchSize + 16_384;
/**
 * A pipe takes this many bytes whole or not at all (PIPE_BUF, pipe(7)); more could be torn apart by what another thread
 * writes. Regular files take any size whole.
 */
const pipeBuf = 4096;
const newline = 0x0a;
const lineEnd = Buffer.of(newline);
const minRetryMs = 2;
const maxRetryMs = 100;

/**
 * Writes lines to a file descriptor in batches, off the thread's way: one write at a time, in order, whole lines. Never
 * waits: what a stalled reader leaves behind fills a bounded buffer, then lines are dropped and counted. The descriptor
 * stays the caller's; see `openLogTarget`.
 */
export class AccessLogWriter {
  readonly #fd: number;
  readonly #maxBuffered: number;
  readonly #flushMs: number;
  readonly #onDropped: (lines: number) => void;
  readonly #maxPiece: number;
  readonly #lines = new LineEncoder(blockSize);
  /** Encoded lines in their order. */
  readonly #queue: Buffer[] = [];
  /** Bytes in the queue and in the write under way. */
  #encoded = 0;
  #writing = false;
  #flushTimer: Timer | null = null;
  #retryTimer: Timer | null = null;
  #retryMs = minRetryMs;
  /** What left last ended in the middle of a line. */
  #torn = false;
  /** The rest of that line is lost: end it before the next one. */
  #mend = false;
  #waiters: (() => void)[] = [];

  constructor(fd: number, options: AccessLogWriterOptions = {}) {
    this.#fd = fd;
    this.#maxBuffered = options.maxBufferedBytes ?? 8 * 1024 * 1024;
    this.#flushMs = options.flushMs ?? 100;
    this.#onDropped = options.onDropped ?? ((): void => {});
    this.#maxPiece = fstatSync(fd).isFIFO() ? pipeBuf : Infinity;
  }

  /** Takes one line, without its newline; it must hold none. */
  write(line: string): void {
    if (this.#encoded + this.#lines.waiting + line.length >= this.#maxBuffered) {
      this.#onDropped(1);
      return;
    }
    this.#lines.add(line);
    if (this.#lines.waiting >= batchSize) this.#push();
    else if (this.#flushTimer === null) this.#flushTimer = after(this.#flushMs, this.#onFlushTimer);
  }

  /**
   * Resolves with true once everything taken so far is written or lost, with false when that takes longer than
   * `timeoutMs`.
   */
  flush(timeoutMs = 1000): Promise<boolean> {
    this.#push();
    if (this.#encoded === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = after(timeoutMs, () => resolve(false));
      this.#waiters.push(() => {
        cancelTimer(timer);
        resolve(true);
      });
    });
  }

  /**
   * Writes what waits now, for the last moment of a process; what the reader does not take within `timeoutMs` is lost. A
   * piece whose asynchronous write is under way is left to that write.
   */
  flushSync(timeoutMs = 100): void {
    this.#encode();
    const end = monotonicMs() + timeoutMs;
    while (this.#queue.length > 0) {
      const piece = this.#take();
      try {
        this.#sent(piece, writeSync(this.#fd, piece, 0, piece.length));
      } catch (error) {
        if (isAgain(error) && monotonicMs() < end) {
          this.#putBack(piece);
          sleepSync(minRetryMs);
        } else {
          this.#lost(piece);
        }
      }
    }
  }

  readonly #onFlushTimer = (): void => {
    this.#flushTimer = null;
    this.#push();
  };

  #push(): void {
    this.#encode();
    if (!this.#writing && this.#retryTimer === null) this.#next();
  }

  #encode(): void {
    if (this.#lines.waiting === 0) return;
    for (const bytes of this.#lines.take()) {
      this.#queue.push(bytes);
      this.#encoded += bytes.length;
    }
  }

  /** Begins the next write; none is under way. */
  #next(): void {
    if (this.#queue.length === 0) {
      const waiters = this.#waiters;
      this.#waiters = [];
      for (const done of waiters) done();
      return;
    }
    const piece = this.#take();
    this.#writing = true;
    write(this.#fd, piece, 0, piece.length, null, (error, written) => this.#onWritten(piece, error, written));
  }

  #onWritten(piece: Buffer, error: Error | null, written: number): void {
    this.#writing = false;
    if (error === null) {
      this.#retryMs = minRetryMs;
      this.#sent(piece, written);
    } else if (isAgain(error)) {
      // The pipe is full and does not block. Node has no way to say when there is room again.
      this.#putBack(piece);
      this.#retryTimer = after(this.#retryMs, this.#onRetryTimer);
      this.#retryMs = Math.min(this.#retryMs * 2, maxRetryMs);
      return;
    } else {
      this.#lost(piece);
    }
    this.#next();
  }

  readonly #onRetryTimer = (): void => {
    this.#retryTimer = null;
    this.#next();
  };

  /** Takes the next piece off the queue: as many whole lines as may go at once; a longer line stands alone. */
  #take(): Buffer {
    if (this.#mend) return lineEnd;
    const head = this.#queue.shift()!;
    if (head.length <= this.#maxPiece) return head;
    const last = head.lastIndexOf(newline, this.#maxPiece - 1);
    const end = (last === -1 ? head.indexOf(newline) : last) + 1;
    if (end < head.length) this.#queue.unshift(head.subarray(end));
    return head.subarray(0, end);
  }

  #putBack(piece: Buffer): void {
    if (piece !== lineEnd) this.#queue.unshift(piece);
  }

  #sent(piece: Buffer, written: number): void {
    if (piece === lineEnd) {
      this.#mend = this.#torn = false;
      return;
    }
    this.#encoded -= written;
    if (written > 0) this.#torn = piece[written - 1] !== newline;
    if (written < piece.length) this.#queue.unshift(piece.subarray(written));
    else this.#lines.release(piece);
  }

  #lost(piece: Buffer): void {
    if (piece === lineEnd) {
      // The line end is still owed, but what waits behind it cannot go out either.
      const next = this.#queue.shift();
      if (next !== undefined) this.#lost(next);
      return;
    }
    this.#mend = this.#torn;
    this.#encoded -= piece.length;
    let lines = 0;
    for (let i = piece.indexOf(newline); i !== -1; i = piece.indexOf(newline, i + 1)) lines++;
    this.#onDropped(lines);
  }
}

function isAgain(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'EAGAIN' || code === 'EWOULDBLOCK';
}

function sleepSync(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
