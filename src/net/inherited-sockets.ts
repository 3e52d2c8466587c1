import { closeSync } from 'node:fs';
import { SocketAddress, isIPv6, type Server } from 'node:net';

/** An address on which something listens. */
export interface ListeningAddress {
  readonly address: string;
  readonly port: number;
}

/** A TCP socket that listens, by its descriptor in this process. Structured-cloneable. */
export interface ListeningSocket extends ListeningAddress {
  readonly fd: number;
}

/** What one thread got of the sockets that were open when the process began. Structured-cloneable. */
export interface InheritedSet {
  /** For this thread alone: a descriptor has one owner. */
  readonly sockets: readonly ListeningSocket[];
  /** Where any thread has one: someone may be serving there already. */
  readonly covered: readonly ListeningAddress[];
}

/** Hands inherited sockets out, each once. */
export class InheritedSockets {
  readonly #left: Map<string, number[]>;
  readonly #covered: Set<string>;

  constructor({ sockets, covered }: InheritedSet) {
    this.#left = new Map();
    for (const { fd, address, port } of sockets) {
      const key = keyOf(address, port);
      this.#left.set(key, [...(this.#left.get(key) ?? []), fd]);
    }
    this.#covered = new Set(covered.map(({ address, port }) => keyOf(address, port)));
  }

  /** Whether connections come to `host:port` already, whoever takes them. @param host Undefined: all of this machine. */
  covers(host: string | undefined, port: number): boolean {
    return keysOf(host, port).some((key) => this.#covered.has(key));
  }

  /** The descriptors for `host:port`, which are the caller's from now on. */
  take(host: string | undefined, port: number): readonly number[] {
    return keysOf(host, port).flatMap((key) => {
      const fds = this.#left.get(key) ?? [];
      this.#left.delete(key);
      return fds;
    });
  }

  /** All that are wanted were taken: the others close, and nothing is covered any more. */
  settle(): void {
    for (const fd of [...this.#left.values()].flat()) closeSync(fd);
    this.#left.clear();
    this.#covered.clear();
  }
}

/** Divides sockets among `workers` threads, those of each address evenly. */
export function divide(sockets: readonly ListeningSocket[], workers: number): InheritedSet[] {
  const covered = sockets.map(({ address, port }) => ({ address, port }));
  const shares: ListeningSocket[][] = Array.from({ length: workers }, () => []);
  const counts = new Map<string, number>();
  for (const socket of sockets) {
    const key = keyOf(socket.address, socket.port);
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    shares[count % workers]?.push(socket);
  }
  return shares.map((share) => ({ sockets: share, covered }));
}

/** The socket of a server that listens on TCP; undefined for others. */
export function listeningSocket(server: Server): ListeningSocket | undefined {
  const address = server.address();
  // Node has no other way to a descriptor.
  const fd = (server as unknown as { readonly _handle?: { readonly fd?: number } | null })._handle?.fd;
  if (typeof address !== 'object' || address === null || fd === undefined || fd < 0) return undefined;
  return { fd, address: address.address, port: address.port };
}

/** Listens on an inherited descriptor. @throws Error when it cannot be listened on. */
export function listenOn<S extends Server>(server: S, fd: number): S {
  // `listening` says at once what the event says later.
  server.once('error', ignore);
  server.listen({ fd });
  if (!server.listening) throw new Error(`descriptor ${fd} cannot be listened on`);
  return server;
}

function ignore(): void {}

function keysOf(host: string | undefined, port: number): string[] {
  return host === undefined ? [keyOf('::', port), keyOf('0.0.0.0', port)] : [keyOf(host, port)];
}

function keyOf(address: string, port: number): string {
  const canonical = isIPv6(address) ? new SocketAddress({ address, family: 'ipv6' }).address : address;
  return `${canonical} ${port}`;
}
