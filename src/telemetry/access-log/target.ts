import { constants, fstatSync, openSync } from 'node:fs';

/**
 * A descriptor for an `AccessLogWriter`: of a file by its path, opened for appending, or of an open descriptor (1 is
 * standard output). A pipe or terminal is opened again without blocking where the system allows it: a write that blocks
 * would hold one of the few threads that all file and name look-ups of the process share. The caller closes what is not
 * `target` itself.
 * @throws the system's error when the file cannot be opened.
 */
export function openLogTarget(target: string | number): number {
  if (typeof target === 'string') return openSync(target, 'a', 0o640);
  const stat = fstatSync(target);
  if (process.platform !== 'linux' || !(stat.isFIFO() || stat.isCharacterDevice())) return target;
  try {
    return openSync(`/proc/self/fd/${target}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    // No /proc, or a pipe made by another user: the descriptor as it is serves too.
    return target;
  }
}
