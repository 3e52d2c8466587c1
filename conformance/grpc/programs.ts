/** The official server of gRPC's interoperability cases, the client of them, a server of grpc.health.v1, and ghz. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { certificates } from '../../testkit/certificates.ts';
import { eventually } from '../../testkit/client.ts';
import { freePorts } from '../../testkit/free-ports.ts';

const cache = process.env['GRPC_CACHE'] ?? join(import.meta.dirname, '../../.cache/grpc');

/** Builds them; the first call on a machine takes a minute, and the network. */
export async function installGrpc(): Promise<void> {
  await promisify(execFile)(join(import.meta.dirname, 'setup.sh'));
}

/** A server on a loopback port, ended with `await using`. */
export interface GrpcServer extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly host: string;
}

/** Starts the official server. */
export async function startInteropServer(tls: boolean): Promise<GrpcServer> {
  const [port = 0] = await freePorts(1);
  const { cert, key } = certificates.local;
  const secured = tls ? ['-use_tls', '-tls_cert_file', cert, '-tls_key_file', key] : [];
  const child = spawn(join(cache, 'server'), ['-port', String(port), ...secured], { stdio: 'ignore' });
  await eventually(() => answers(port), 'the server of the cases');
  return running(child, `127.0.0.1:${port}`);
}

/** Starts a server with the services '' (serving), `ailing` (not serving) and `changing` (now this, now that). */
export async function startHealthServer(): Promise<GrpcServer> {
  const child = spawn(join(cache, 'client'), ['-serve-health'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return running(child, line.toString().trim());
}

/** Where a case goes to, and how. */
export interface Target {
  readonly port: number;
  readonly tls: boolean;
  /** Value of `x-route` on each call. */
  readonly header?: string;
}

/** Runs a case; rejects with what its client said when it fails. */
export async function runCase(name: string, { port, tls, header }: Target): Promise<void> {
  const secured = tls ? ['-ca', certificates.ca, '-name', 'localhost'] : [];
  const marked = header === undefined ? [] : ['-header', header];
  const args = ['-case', name, '-address', `127.0.0.1:${port}`, ...secured, ...marked];
  await promisify(execFile)(join(cache, 'client'), args, { timeout: 90_000 });
}

/** How much ghz does: in all, at the same time, and over how many connections. */
interface Load {
  readonly calls: number;
  readonly concurrency: number;
  readonly connections: number;
}

/** What ghz says of its calls. */
export interface GhzReport {
  readonly count: number;
  readonly statusCodeDistribution: Readonly<Record<string, number>>;
  readonly errorDistribution: Readonly<Record<string, number>>;
}

/** Calls a method of the official server again and again. @param data The message, or those of a stream. */
export async function runGhz(method: string, data: object, { port, tls }: Target, load: Load): Promise<GhzReport> {
  const secured = tls ? ['--cacert', certificates.ca, '--cname', 'localhost'] : ['--insecure'];
  const { calls, concurrency, connections } = load;
  const amount = ['-n', String(calls), '-c', String(concurrency), '--connections', String(connections)];
  const call = ['--proto', join(import.meta.dirname, 'ghz/test-service.proto'), '--call', method];
  const args = [...call, '-d', JSON.stringify(data), ...amount, ...secured, '-O', 'json', `127.0.0.1:${port}`];
  const { stdout } = await promisify(execFile)(join(cache, 'ghz'), args, { timeout: 90_000, maxBuffer: 10_000_000 });
  const { count, statusCodeDistribution, errorDistribution } = JSON.parse(stdout) as GhzReport;
  return { count, statusCodeDistribution, errorDistribution };
}

function running(child: ChildProcess, host: string): GrpcServer {
  return {
    host,
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit');
      if (child.kill()) await exited;
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
