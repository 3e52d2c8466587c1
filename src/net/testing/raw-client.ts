import { after, cancelTimer, monotonicMs, sleep } from '../../base/clock.ts';
import net from 'node:net';

/** A socket that tests write bytes to, and whose answer they read as Latin-1 text. */
export class RawClient {
  /** Everything received so far. */
  received = '';
  /** The other side ended its side. */
  ended = false;
  closed = false;
  error: NodeJS.ErrnoException | null = null;
  readonly socket: net.Socket;
  #wake: (() => void)[] = [];

  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.toString('latin1');
      this.#changed();
    });
    socket.on('end', () => {
      this.ended = true;
      this.#changed();
    });
    socket.on('error', (error) => {
      this.error = error;
    });
    socket.on('close', () => {
      this.closed = true;
      this.#changed();
    });
  }

  static connect(port: number, host = '127.0.0.1'): RawClient {
    return new RawClient(net.connect({ port, host, allowHalfOpen: true, noDelay: true }));
  }

  write(text: string): void {
    this.socket.write(Buffer.from(text, 'latin1'));
  }

  /** Resolves when `condition` holds; rejects after five seconds with what was received. */
  async until(condition: () => boolean, what = 'the condition'): Promise<void> {
    const end = monotonicMs() + 5000;
    while (!condition()) {
      if (monotonicMs() > end) {
        throw new Error(`${what} did not come; ended ${this.ended}, closed ${this.closed}: ${this.received}`);
      }
      await new Promise<void>((resolve) => {
        const timer = after(100, resolve);
        this.#wake.push(() => {
          cancelTimer(timer);
          resolve();
        });
      });
    }
  }

  /** Waits until `text` was received. */
  has(text: string): Promise<void> {
    return this.until(() => this.received.includes(text), JSON.stringify(text));
  }

  /** Waits until the other side ended or closed; returns all that was received. */
  async rest(): Promise<string> {
    await this.until(() => this.ended || this.closed, 'the end');
    return this.received;
  }

  destroy(): void {
    this.socket.destroy();
  }

  #changed(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

/** Waits until `condition` holds; rejects after five seconds. */
export async function eventually(condition: () => boolean, what = 'the condition'): Promise<void> {
  const end = monotonicMs() + 5000;
  while (!condition()) {
    if (monotonicMs() > end) throw new Error(`${what} did not come`);
    await sleep(5);
  }
}
