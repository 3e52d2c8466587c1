import type net from 'node:net';

/** Where a listener's sockets are. */
export interface BindOptions {
  /** IP addresses; empty: all of this machine, IPv6 and IPv4. */
  readonly addresses: readonly string[];
  /** 0: any free port, the same for all addresses. */
  readonly port: number;
  /** Several workers share the port; each gets its part of the connections. */
  readonly reusePort?: boolean;
  /** Connections that the system queues; 511 when absent. */
  readonly backlog?: number;
  /** False: `addresses: []` means IPv4 only. */
  readonly ipv6?: boolean;
  /** A Unix socket to listen on instead of addresses and a port. */
  readonly unixPath?: string;
}

/** Listens on every address with a server of `create`; all or none. Rejects with the system's error (`EADDRINUSE` …). */
export async function bindAll<S extends net.Server>(options: BindOptions, create: () => S): Promise<S[]> {
  if (options.unixPath !== undefined) return [await listenUnix(create(), options.unixPath)];
  const servers: S[] = [];
  let { port } = options;
  try {
    for (const address of options.addresses.length === 0 ? [anyAddress(options)] : options.addresses) {
      const server = await bindOne(options, address, port, create);
      servers.push(server);
      port = boundPort(server);
    }
  } catch (error) {
    await Promise.all(servers.map(closeServer));
    throw error;
  }
  return servers;
}

/** Stops accepting; resolves when the port is free. Open connections stay. */
export function closeServer(server: net.Server): Promise<void> {
  return new Promise((resolve) => {
    // `close` waits for connections; the listening socket itself closes at once.
    server.close();
    process.nextTick(resolve);
  });
}

/** The port that a listening server has; 0 for a Unix socket. */
function boundPort(server: net.Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function anyAddress(options: BindOptions): string {
  return options.ipv6 === false ? '0.0.0.0' : '::';
}

async function bindOne<S extends net.Server>(
  options: BindOptions,
  address: string,
  port: number,
  create: () => S,
): Promise<S> {
  try {
    return await listen(create(), options, address, port);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A machine without IPv6.
    const noIpv6 = code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL';
    if (options.addresses.length > 0 || address !== '::' || !noIpv6) throw error;
    return listen(create(), options, '0.0.0.0', port);
  }
}

function listen<S extends net.Server>(server: S, options: BindOptions, host: string, port: number): Promise<S> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(
      {
        host,
        port,
        // With explicit addresses `::` leaves IPv4 to `0.0.0.0`.
        ipv6Only: options.addresses.length > 0 && host === '::',
        exclusive: true,
        reusePort: options.reusePort === true,
        ...(options.backlog === undefined ? {} : { backlog: options.backlog }),
      },
      () => {
        server.off('error', reject);
        resolve(server);
      },
    );
  });
}

function listenUnix<S extends net.Server>(server: S, path: string): Promise<S> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path }, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}
