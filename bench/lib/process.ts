import { spawn, type ChildProcess } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';

/** Kernel clock ticks per second (`getconf CLK_TCK`); 100 on every Linux this runs on. */
const ticksPerSecond = 100;

/** A server under measurement. */
export class MeasuredProcess {
  readonly child: ChildProcess;
  readonly pids: () => readonly number[];

  private constructor(child: ChildProcess, pids: () => readonly number[]) {
    this.child = child;
    this.pids = pids;
  }

  /**
   * Starts a program pinned to `core`; its output goes to `logFile`.
   * @param workers Gives the process ids that do the work; default: the program itself.
   */
  static start(
    command: string,
    args: readonly string[],
    options: { core: number; logFile: string; env?: NodeJS.ProcessEnv; workers?: (pid: number) => number[] },
  ): MeasuredProcess {
    const log = openSync(options.logFile, 'w');
    const child = spawn('taskset', ['-c', String(options.core), command, ...args], {
      stdio: ['ignore', log, log],
      env: options.env ?? process.env,
    });
    const pid = child.pid ?? 0;
    return new MeasuredProcess(child, () => options.workers?.(pid) ?? [pid]);
  }

  /** CPU seconds so far, user and system, of all threads. */
  cpuSeconds(): number {
    let ticks = 0;
    for (const pid of this.pids()) {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      ticks += Number(fields[11]) + Number(fields[12]);
    }
    return ticks / ticksPerSecond;
  }

  /** Resident memory now, in MiB. */
  rssMiB(): number {
    let kib = 0;
    for (const pid of this.pids()) {
      kib += Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    }
    return kib / 1024;
  }

  /** Asks it to stop and waits. */
  stop(): Promise<void> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      const hard = setTimeout(() => child.kill('SIGKILL'), 8000);
      child.once('exit', () => {
        clearTimeout(hard);
        resolve();
      });
      child.kill('SIGTERM');
    });
  }
}

/** Children of a process, for servers that fork workers. */
export function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** Resolves when `url` answers anything; rejects after ten seconds. */
export async function untilAnswers(url: string): Promise<void> {
  const end = Date.now() + 10_000;
  for (;;) {
    try {
      const response = await fetch(url);
      await response.arrayBuffer();
      return;
    } catch (error) {
      if (Date.now() > end) throw new Error(`${url} does not answer`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
