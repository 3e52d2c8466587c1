import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer, type AddressInfo } from 'node:net';
import { after, cancelTimer } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { parseListenAddress } from '../config/translate/address.ts';
import { listeningSocket, listenOn, type InheritedSockets, type ListeningSocket } from '../net/inherited-sockets.ts';
import { listenProblem } from '../net/listen-problem.ts';
import type { Answer, Handler } from './endpoints.ts';
import { refusal } from './reply.ts';
import type { StreamReply } from './reply.ts';

/** A server that runs. */
export interface RunningServer {
  readonly port: number;
  /** IP addresses it listens on. */
  readonly addresses: readonly string[];
  /** To be passed on. */
  readonly sockets: readonly ListeningSocket[];
  /** Ends it: answers under way get a moment to finish. */
  close(): Promise<void>;
}

/** What every server here needs. */
export interface ServerOptions {
  /** `host:port`, `[v6]:port` or `:port`; `localhost` is 127.0.0.1 and ::1, no host is every address; port 0 any. */
  readonly address: string;
  /** Sockets that are there already. */
  readonly inherited?: InheritedSockets;
  readonly log: Logger;
}

/** How long answers under way may take after {@link RunningServer.close}. */
const closeGraceMs = 500;
const portTries = 10;

/**
 * Serves `handler` on the address.
 * @param name For messages: `admin`, `stats`, `readiness`.
 * @param loopbackOnly Any other address is replaced by 127.0.0.1 and ::1.
 * @throws Error with one line such as `admin: 127.0.0.1:15000 is already in use`.
 */
export async function serve(
  name: string,
  options: ServerOptions,
  handler: Handler,
  loopbackOnly: boolean,
): Promise<RunningServer> {
  const parsed = parseListenAddress(options.address);
  if (parsed === undefined) throw new Error(`${name}: ${JSON.stringify(options.address)} is not an address and port`);
  const hosts = hostsOf(parsed.host, loopbackOnly);
  const listener = answering(name, handler, options.log);
  for (let tries = 1; ; tries++) {
    const servers: Server[] = [];
    try {
      return await listenAll(name, hosts, parsed.port, listener, servers, options.inherited);
    } catch (error) {
      await Promise.all(servers.map(close));
      // Whatever port the system chose for the first address may be taken on the second.
      if (parsed.port !== 0 || tries === portTries) throw error;
    }
  }
}

async function listenAll(
  name: string,
  hosts: readonly string[],
  asked: number,
  listener: (request: IncomingMessage, response: ServerResponse) => void,
  servers: Server[],
  inherited: InheritedSockets | undefined,
): Promise<RunningServer> {
  let port = asked;
  let refused: unknown;
  for (const host of hosts) {
    const server = createServer({ headersTimeout: 5000, requestTimeout: 10_000, keepAliveTimeout: 5000 }, listener);
    try {
      const [fd] = inherited?.take(host, port) ?? [];
      if (fd === undefined) await listen(server, host, port);
      else listenOn(server, fd);
      servers.push(server);
      port = (server.address() as AddressInfo).port;
    } catch (cause) {
      refused = new Error(`${name}: ${listenProblem(host, port, cause as NodeJS.ErrnoException)}`, { cause });
      // A machine without IPv6 still has its other addresses.
      if (!isMissing(cause)) throw refused;
    }
    if (host === '::' && servers.length > 0) break;
  }
  if (servers.length === 0) throw refused;
  const addresses = servers.map((server) => (server.address() as AddressInfo).address);
  const sockets = servers.map(listeningSocket).filter((socket) => socket !== undefined);
  return { port, addresses, sockets, close: () => Promise.all(servers.map(close)).then(() => undefined) };
}

function hostsOf(host: string, loopbackOnly: boolean): readonly string[] {
  if (host === 'localhost' || (loopbackOnly && host !== '::1' && !/^127(?:\.\d{1,3}){3}$/.test(host))) {
    return ['127.0.0.1', '::1'];
  }
  // "::" takes IPv4 too; 0.0.0.0 is for machines without IPv6.
  return host === '' || host === '::' ? ['::', '0.0.0.0'] : [host];
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Stops listening; requests that are on their way still get an answer. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = after(closeGraceMs, () => server.closeAllConnections());
    // HTTP's own would close connections whose first request has not arrived yet.
    NetServer.prototype.close.call(server, () => {
      cancelTimer(timer);
      server.close();
      resolve();
    });
  });
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT';
}

function answering(
  name: string,
  handler: Handler,
  log: Logger,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    request.resume();
    void answer(handler, request)
      .catch((error: unknown) => {
        log.error(`${name}: a request failed`, { path: request.url?.split('?')[0], error: String(error) });
        return refusal('internal');
      })
      .then((reply) => {
        if ('open' in reply) {
          stream(reply, response);
          return;
        }
        response.writeHead(reply.status, {
          'content-type': reply.contentType,
          'content-length': Buffer.byteLength(reply.body),
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
          ...(reply.allow === undefined ? {} : { allow: reply.allow }),
        });
        response.end(reply.body);
      });
  };
}

/** Bytes that may wait for a client that reads slowly. */
const mostWaiting = 1024 * 1024;

function stream(reply: StreamReply, response: ServerResponse): void {
  response.writeHead(reply.status, {
    'content-type': reply.contentType,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.flushHeaders();
  const end = reply.open({
    write(text) {
      if (response.writableLength > mostWaiting) return false;
      response.write(text);
      return true;
    },
    end: () => void response.end(),
  });
  response.on('close', end);
}

async function answer(handler: Handler, request: IncomingMessage): Promise<Answer> {
  return handler({
    method: request.method ?? '',
    target: request.url ?? '',
    header: (name) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
  });
}
