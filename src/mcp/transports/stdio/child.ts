import { spawn, type ChildProcess } from 'node:child_process';
import { after, cancelTimer, type Timer } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import type { McpStdioTarget } from '../../../model/mcp.ts';
import { TargetError, tooLarge } from '../transport.ts';
import { childEnvironment } from './environment.ts';
import type { Guardian } from './guardian.ts';
import { LineSplitter } from './lines.ts';
import { StderrLog } from './stderr-log.ts';

/** What a target's process needs from its surroundings. */
export interface ChildPorts {
  readonly guardian: Guardian;
  /** The worker that owns the child. */
  readonly worker: number;
  readonly maxMessageBytes: number;
  readonly log: Logger;
}

/** What a child reports. */
export interface ChildEvents {
  /** One line of its standard output. */
  line(line: string): void;
  /** It ended without {@link StdioChild.close}. At most once. */
  lost(error: TargetError): void;
  /** Nothing of its group is left, or could be ended; also when it could not be started. Once. */
  gone(): void;
}

/** Bounds and pauses of a child's life, in bytes and milliseconds. */
const childLimits = {
  /** Unread input above which the child counts as stuck. */
  maxUnreadBytes: 67_108_864,
  maxStderrLineBytes: 8192,
  termAfterMs: 1000,
  killAfterMs: 2000,
} as const;

/**
 * Waits for one line before it becomes the command, so that the command never runs unguarded; if the gateway ends
 * first, so does the shim. Variables that the shell itself sets are dropped unless the target named them.
 */
const shim =
  'IFS= read -r waygate_go || exit 0; for waygate_v in $waygate_go; do unset "$waygate_v"; done; ' +
  'unset waygate_go waygate_v; exec "$@"';
const shellVariables = ['PWD', 'OLDPWD', 'SHLVL'];

/** One server process in a process group of its own, registered with the guardian. */
export class StdioChild {
  readonly #target: McpStdioTarget;
  readonly #ports: ChildPorts;
  readonly #process: ChildProcess;
  readonly #pgid: number;
  readonly #events: ChildEvents;
  readonly #stderrLog: StderrLog;
  #timer: Timer | null = null;
  #closing = false;
  #exited = false;
  #exitReason = '';
  #reported = false;
  #lastStderr = '';

  /** @throws TargetError when it cannot be started. */
  constructor(target: McpStdioTarget, ports: ChildPorts, events: ChildEvents) {
    this.#target = target;
    this.#ports = ports;
    this.#events = events;
    this.#stderrLog = new StderrLog((line) => ports.log.info('mcp: stderr of a target', this.#fields(line)));
    const env = childEnvironment(target, process.env);
    this.#process = spawn('/bin/sh', ['-c', shim, 'sh', target.command, ...target.args], {
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env,
      ...(target.cwd === undefined ? {} : { cwd: target.cwd }),
    });
    const child = this.#process;
    child.on('error', (error: NodeJS.ErrnoException) => {
      const noFolder = error.code === 'ENOENT' && target.cwd !== undefined;
      this.#gone(`could not be started: ${noFolder ? `no folder ${target.cwd}` : error.message}`);
    });
    child.stdin?.on('error', (error) => ports.log.debug('mcp: stdin of a target', this.#fields(error.message)));
    if (child.pid === undefined) {
      // There is nothing to end; the group 0 would be our own.
      this.#pgid = 0;
      this.#exited = true;
      queueMicrotask(() => events.gone());
      return;
    }
    this.#pgid = child.pid;
    child.on('exit', (code, signal) => this.#exit(code, signal));
    // After the exit, when everything that it printed was read.
    child.on('close', () => this.#ended());
    this.#read();
    try {
      ports.guardian.register(this.#pgid, ports.worker);
    } catch (error) {
      child.stdin?.destroy();
      throw new TargetError('could not be started: its guardian process is gone', { cause: error });
    }
    const drop = shellVariables.filter((name) => !(name in env));
    child.stdin?.write(`${drop.join(' ')}\n`);
  }

  /**
   * Writes one line (without its end).
   * @throws TargetError when the child is gone or does not read.
   */
  write(line: string): void {
    const stdin = this.#process.stdin;
    if (stdin === null || this.#exited || !stdin.writable) throw new TargetError('is not running');
    if (stdin.writableLength > childLimits.maxUnreadBytes) throw new TargetError('does not read its input');
    stdin.write(`${line}\n`);
  }

  /** Ends the child and its group: end of input, then TERM, then KILL. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    if (this.#exited) return;
    this.#process.stdin?.end();
    this.#timer = after(childLimits.termAfterMs, () => {
      this.#signal('SIGTERM');
      this.#timer = after(childLimits.killAfterMs, () => this.#signal('SIGKILL'));
    });
  }

  #read(): void {
    const { maxMessageBytes } = this.#ports;
    const onLine = (line: string): void => {
      if (line.length > maxMessageBytes) throw new RangeError('the line is too long');
      this.#events.line(line);
    };
    const out = new LineSplitter(maxMessageBytes);
    this.#process.stdout?.on('data', (chunk: Buffer) => {
      try {
        out.push(chunk, onLine);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        this.#lost(tooLarge(maxMessageBytes, error));
        this.close();
      }
    });
    let skipping = false;
    let err = new LineSplitter(childLimits.maxStderrLineBytes);
    this.#process.stderr?.on('data', (chunk: Buffer) => {
      try {
        err.push(chunk, (line) => {
          if (!skipping) this.#stderr(line);
          skipping = false;
        });
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        this.#stderr(`${chunk.toString('utf8', 0, 200)}…`);
        err = new LineSplitter(childLimits.maxStderrLineBytes);
        skipping = true;
      }
    });
  }

  #stderr(text: string): void {
    // A long line that comes whole, in one chunk, was never held and so never refused.
    const line = text.length > childLimits.maxStderrLineBytes ? `${text.slice(0, 200)}…` : text;
    if (line.trim() !== '') this.#lastStderr = line.slice(0, 300);
    this.#stderrLog.add(line);
  }

  #exit(code: number | null, signal: NodeJS.Signals | null): void {
    this.#exited = true;
    this.#exitReason =
      code === 127 ? `command "${this.#target.command}" not found` : `exit ${signal ?? `code ${code}`}`;
    cancelTimer(this.#timer);
    // What the child started and left behind goes with it.
    if (this.#signal('SIGTERM')) {
      after(childLimits.termAfterMs, () => {
        this.#signal('SIGKILL');
        this.#unregister();
        this.#ended();
      });
    } else this.#unregister();
  }

  #ended(): void {
    if (!this.#exited) return;
    const said =
      this.#lastStderr === '' || this.#exitReason.startsWith('command') ? '' : `; it last said: ${this.#lastStderr}`;
    this.#gone(`has ended (${this.#exitReason})${said}`, true);
  }

  #gone(message: string, ended = false): void {
    this.#lost(new TargetError(message, { ended }));
  }

  #lost(error: TargetError): void {
    if (this.#closing || this.#reported) return;
    this.#reported = true;
    this.#events.lost(error);
  }

  #unregister(): void {
    this.#stderrLog.flush();
    queueMicrotask(() => this.#events.gone());
    try {
      this.#ports.guardian.unregister(this.#pgid);
    } catch (error) {
      this.#ports.log.warn('mcp: the guardian process is gone', this.#fields(String(error)));
    }
  }

  /** False when nobody is left in the group. */
  #signal(signal: NodeJS.Signals): boolean {
    try {
      return process.kill(-this.#pgid, signal);
    } catch (error) {
      // EPERM: what is left is not ours to end.
      return (error as NodeJS.ErrnoException).code !== 'ESRCH';
    }
  }

  #fields(detail: string): { target: string; pid: number; detail: string } {
    return { target: this.#target.name, pid: this.#pgid, detail };
  }
}
