import { createServer } from 'node:net';
import type { Bind } from '../../model/bind.ts';

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
 * @throws PortUnavailable naming every address that cannot be had, and why.
 */
export async function probePorts(binds: readonly Bind[]): Promise<void> {
  const tries = binds.filter((bind) => bind.mode === 'standard').flatMap(addressesOf);
  const problems = (await Promise.all(tries.map(probe))).filter((problem) => problem !== null);
  if (problems.length > 0) throw new PortUnavailable(problems);
}

/** One line on why an address could not be listened on, for the errors that people meet. */
export function listenProblem(host: string | undefined, port: number, error: NodeJS.ErrnoException): string {
  const where = host === undefined ? `port ${port}` : `${host.includes(':') ? `[${host}]` : host}:${port}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return `${where} is already in use by another process`;
    case 'EACCES':
      return `${where} may not be used without more privileges`;
    case 'EADDRNOTAVAIL':
      return `${where} is not an address of this machine`;
    default:
      return `cannot listen on ${where}: ${error.message}`;
  }
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

function probe({ host, port }: Address): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', (error) => resolve(listenProblem(host, port, error)));
    server.listen(host === undefined ? { port, exclusive: true } : { port, host, exclusive: true }, () => {
      server.close(() => resolve(null));
    });
  });
}
