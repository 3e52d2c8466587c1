import { createServer } from 'node:net';
import type { Bind } from '../../model/bind.ts';
import type { InheritedSockets } from '../../net/inherited-sockets.ts';
import { bindAll, closeServer } from '../../net/bind-socket.ts';
import { listenProblem } from '../../net/listen-problem.ts';

/** An address that something else listens on, or that this process may not listen on. */
export class PortUnavailable extends Error {
  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.name = 'PortUnavailable';
  }
}

/**
 * Listens for a moment, exclusively, on every address of `binds`. Workers share their ports with `reusePort`, which a
 * second gateway of the same user could join unnoticed; this finds it.
 * @param inherited Its addresses are had already.
 * @throws PortUnavailable naming every address that cannot be had, and why.
 */
export async function probePorts(binds: readonly Bind[], inherited?: InheritedSockets): Promise<void> {
  const all = binds.filter((bind) => bind.mode === 'standard').flatMap(addressesOf);
  const tries = all.filter(({ host, port }) => inherited?.covers(host, port) !== true);
  const problems = (await Promise.all(tries.map(probe))).filter((problem) => problem !== null);
  if (problems.length > 0) throw new PortUnavailable(problems);
}

interface Address {
  readonly host: string | undefined;
  readonly port: number;
}

function addressesOf(bind: Bind): Address[] {
  if (bind.port === 0) return [];
  if (bind.addresses.length === 0) return [{ host: undefined, port: bind.port }];
  return bind.addresses.map((host) => ({ host, port: bind.port }));
}

async function probe({ host, port }: Address): Promise<string | null> {
  try {
    const servers = await bindAll({ addresses: host === undefined ? [] : [host], port }, () => createServer());
    await Promise.all(servers.map(closeServer));
    return null;
  } catch (error) {
    return listenProblem(host, port, error as NodeJS.ErrnoException);
  }
}
