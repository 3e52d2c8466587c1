import { readFileSync, readlinkSync } from 'node:fs';
import type { ListeningSocket } from '../../net/inherited-sockets.ts';
import { firstDescriptor } from './handover.ts';

/** Of a socket that listens, in /proc/net/tcp (Linux, include/net/tcp_states.h). */
const listening = '0A';

/**
 * The listening sockets that systemd, or another supervisor, opened for this process (sd_listen_fds(3)): `LISTEN_FDS` of
 * them from descriptor 3 on, if `LISTEN_PID` is `pid`. The variables are removed.
 *
 * @throws Error with one line when one of them is no TCP socket that listens.
 */
export function listenFds(env: NodeJS.ProcessEnv, pid: number): readonly ListeningSocket[] {
  const { LISTEN_FDS: count, LISTEN_PID: owner } = env;
  for (const name of ['LISTEN_FDS', 'LISTEN_PID', 'LISTEN_FDNAMES']) delete env[name];
  if (count === undefined || owner !== String(pid)) return [];
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map(readTable);
  return Array.from({ length: Number.parseInt(count, 10) || 0 }, (_, i) => {
    const fd = firstDescriptor + i;
    const inode = /^socket:\[(\d+)\]$/.exec(linkOf(fd))?.[1] ?? '';
    const address = tables.map((table) => table.get(inode)).find((found) => found !== undefined);
    if (address === undefined) throw new Error(`LISTEN_FDS: descriptor ${fd} is no TCP socket that listens`);
    return { fd, ...address };
  });
}

function linkOf(fd: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return ''; // there is no such descriptor
  }
}

/** Addresses of listening sockets by inode. */
function readTable(path: string): Map<string, { readonly address: string; readonly port: number }> {
  const found = new Map<string, { readonly address: string; readonly port: number }>();
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch {
    return found; // a machine without this version of IP
  }
  for (const line of text.split('\n').slice(1)) {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    const [host = '', port = ''] = local.split(':');
    if (state === listening && inode !== undefined) {
      found.set(inode, { address: addressOf(host), port: Number.parseInt(port, 16) });
    }
  }
  return found;
}

/** Words of 32 bits in the machine's order, which is little-endian wherever this runs. */
function addressOf(hex: string): string {
  const bytes = Buffer.from(hex, 'hex').swap32();
  if (bytes.length === 4) return bytes.join('.');
  return Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16)).join(':');
}
