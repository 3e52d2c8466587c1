import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes a directory that only this user can enter, for the sockets between workers. */
export function makePeerDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'waygate-'));
}

/** Removes what {@link makePeerDirectory} made, with the sockets in it. */
export function removePeerDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}

/** Where worker `worker` listens for the others: a Unix socket, on Windows a named pipe. */
export function peerSocketPath(directory: string, worker: number): string {
  if (process.platform !== 'win32') return join(directory, `${worker}.sock`);
  return `\\\\.\\pipe\\${directory.replaceAll(/[\\/:]/g, '-')}-${worker}`;
}
