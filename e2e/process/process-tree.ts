/** What Linux tells of running processes. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process that runs. */
export interface RunningProcess {
  readonly pid: number;
  /** The executable; '' when it may not be seen. */
  readonly executable: string;
  readonly commandLine: readonly string[];
  /** As it was started with. */
  readonly env: Readonly<Record<string, string>>;
}

/** Processes that `pid` started, and those that they started, and so on; nearest first. */
export function descendants(pid: number): RunningProcess[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const parent = /^\d+$/.test(name) ? parentOf(Number(name)) : undefined;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found: number[] = [];
  for (let at = children.get(pid) ?? []; at.length > 0; at = at.flatMap((one) => children.get(one) ?? [])) {
    found.push(...at);
  }
  return found.flatMap((one) => inspect(one) ?? []);
}

/** Whether it runs; one that ended and was not waited for does not. */
export function isRunning(pid: number): boolean {
  return parentOf(pid) !== undefined;
}

function parentOf(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  const [, state, parent] = stat?.slice(stat.lastIndexOf(')')).split(' ') ?? [];
  return state === undefined || state === 'Z' || state === 'X' ? undefined : Number(parent);
}

function inspect(pid: number): RunningProcess | undefined {
  const commandLine = read(`/proc/${pid}/cmdline`);
  const env = read(`/proc/${pid}/environ`);
  if (commandLine === undefined || env === undefined) return undefined;
  const pairs = env.split('\0').filter((pair) => pair.includes('='));
  return {
    pid,
    executable: linkOf(`/proc/${pid}/exe`),
    commandLine: commandLine.split('\0').slice(0, -1),
    env: Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)])),
  };
}

/** Undefined when the process has gone meanwhile. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
