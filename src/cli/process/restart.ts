import { spawn, type ChildProcess } from 'node:child_process';
import { after, cancelTimer } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { ListeningSocket } from '../../net/inherited-sockets.ts';
import { firstDescriptor, takeoverVariable, type HandoverMessage } from './handover.ts';

/** A successor that does not serve by then has failed, in milliseconds. */
const longestStartMs = 60_000;

/** What a {@link Restart} needs. */
export interface RestartPorts {
  readonly log: Logger;
  /** All listening sockets of this process. */
  sockets(): Promise<readonly ListeningSocket[]>;
  readonly ticketSecret: Uint8Array;
  /** What the successor is to read from standard input; undefined: nothing. */
  readonly input: string | undefined;
  /** A successor serves: this process may go. */
  succeeded(): void;
}

/**
 * Starts the program anew, as it is on the disk now, with the sockets of this process. Until the new one says that it serves,
 * both have them; if it never does, nothing has changed.
 */
export class Restart {
  readonly #ports: RestartPorts;
  #successor: ChildProcess | null = null;
  #begun = false;

  constructor(ports: RestartPorts) {
    this.#ports = ports;
  }

  /** Begins a restart unless one is under way. */
  request(): void {
    const { log } = this.#ports;
    const obstacle = this.#obstacle();
    if (obstacle !== undefined) {
      log.warn('no restart in place', { reason: obstacle });
      return;
    }
    this.#begun = true;
    void this.#run().then(
      (pid) => {
        log.info('a successor serves', { pid });
        this.#ports.succeeded();
      },
      (error: Error) => {
        this.#begun = false;
        this.#successor = null;
        log.error('the successor did not start; this process goes on', { error: error.message });
      },
    );
  }

  /** This process is to end without a successor. */
  abandon(): void {
    this.#successor?.kill('SIGKILL');
  }

  #obstacle(): string | undefined {
    if (this.#begun) return 'a successor is starting';
    if (process.pid === 1) return 'this is process 1, and its container would end with it';
    if (process.channel !== undefined) return 'the launcher that started this process would end with it';
    return undefined;
  }

  /** Resolves with the process id of a successor that serves. */
  async #run(): Promise<number> {
    const { sockets: given, ticketSecret, input, log } = this.#ports;
    const sockets = await given();
    const [, ...args] = process.argv;
    const child = spawn(process.execPath, [...process.execArgv, ...args], {
      stdio: [input === undefined ? 'ignore' : 'pipe', 'inherit', 'inherit', ...sockets.map(({ fd }) => fd), 'ipc'],
      env: { ...process.env, [takeoverVariable]: '1' },
    });
    this.#successor = child;
    log.info('restarting: a successor starts', { pid: child.pid, sockets: sockets.length });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
    const message: HandoverMessage = {
      kind: 'handover',
      sockets: sockets.map((socket, i) => ({ ...socket, fd: firstDescriptor + i })),
      ticketSecret: Buffer.from(ticketSecret).toString('hex'),
    };
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`it ended with ${signal ?? `exit code ${code}`}`)));
    child.once('message', () => resolve());
    child.send(message, (error) => error !== null && reject(error));
    const timer = after(longestStartMs, () => {
      reject(new Error(`it did not serve within ${longestStartMs / 1000} s`));
      child.kill('SIGKILL');
    });
    try {
      await promise;
    } finally {
      cancelTimer(timer);
    }
    // It outlives this process, and is not waited for.
    this.#successor = null;
    child.unref();
    return child.pid ?? 0;
  }
}
