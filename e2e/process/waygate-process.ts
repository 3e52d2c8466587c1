/** Starts bin/waygate as a person does, and sees what it writes and how it ends. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { freePorts } from '../../testkit/free-ports.ts';

/** Where what must be undone later is put. */
export type Cleanup = Pick<TestContext, 'after'>;

/** The program of this repository. */
export const program: string = join(import.meta.dirname, '../../bin/waygate');

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A started waygate. */
export interface Waygate {
  readonly child: ChildProcess;
  /** Its own temporary directory. */
  readonly temporary: string;
  readonly ended: Promise<Ending>;
  stdout(): string;
  stderr(): string;
  /** Resolves when standard error holds `text`, rejects when the process ends without. */
  says(text: string): Promise<void>;
}

/** Choices of {@link startWaygate}. */
export interface StartOptions {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Makes the launcher believe that it runs on an older Node. */
  readonly oldNode?: boolean;
  /** Gives it a process group of its own, as a terminal does. */
  readonly ownGroup?: boolean;
  /** Working directory; by default that of the tests. */
  readonly cwd?: string;
  /** What starts it; by default this repository's program on the Node that runs the tests. */
  readonly command?: readonly [string, ...string[]];
}

/** A module that makes the program believe that it runs on an older Node. */
export const pretendOld: string =
  "data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.0.0'}})";

/** Starts it; it is killed after the test if it still runs. */
export function startWaygate(t: Cleanup, options: StartOptions): Waygate {
  const { args, env = {}, stdin, oldNode = false, ownGroup = false, cwd } = options;
  const temporary = temporaryFolder(t);
  const own = [process.execPath, ...(oldNode ? ['--import', pretendOld] : []), program] as const;
  const [file, ...before] = options.command ?? own;
  const child = spawn(file, [...before, ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      TMPDIR: temporary,
      WAYGATE_STATE_DIR: join(temporary, 'state'),
      ...env,
    },
    stdio: 'pipe',
    detached: ownGroup,
  });
  child.stdin.end(stdin ?? '');
  let out = '';
  let err = '';
  const looks = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (part: string) => (out += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    err += part;
    for (const look of looks) look();
  });
  const ended = new Promise<Ending>((resolve) => child.on('close', (code, signal) => resolve({ code, signal })));
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  });
  const says = async (text: string): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      if (err.includes(text)) resolve();
    };
    looks.add(look);
    look();
    void ended.then(() => reject(new Error(`ended without saying ${JSON.stringify(text)}:\n${err}`)));
    await promise;
    looks.delete(look);
  };
  return { child, temporary, ended, stdout: () => out, stderr: () => err, says };
}

/** A folder that goes after the test. */
export function temporaryFolder(t: Cleanup): string {
  const folder = mkdtempSync(join(tmpdir(), 'waygate-e2e-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The ports of a gateway that is a process of its own. */
export interface Ports {
  readonly data: number;
  readonly admin: number;
  readonly stats: number;
  readonly readiness: number;
}

/** Ports that were free a moment ago. */
export async function processPorts(): Promise<Ports> {
  const [data = 0, admin = 0, stats = 0, readiness = 0] = await freePorts(4);
  return { data, admin, stats, readiness };
}

/** The `config` section of a process with these ports; it goes on with the lines that follow, if they are indented. */
export function processSection(ports: Ports, workers: number): string {
  return `config:
  workerThreads: ${workers}
  adminAddr: localhost:${ports.admin}
  statsAddr: 127.0.0.1:${ports.stats}
  readinessAddr: 127.0.0.1:${ports.readiness}`;
}

/** A configuration of one route with these YAML lines. */
export function config(ports: Ports, workers: number, route: string): string {
  return `${processSection(ports, workers)}
gateways:
  default: { port: ${ports.data}, address: ["127.0.0.1"] }
routes:
- name: only
  ${route.replaceAll('\n', '\n  ')}
`;
}

/** A route that answers `body`. */
export function answering(body: string): string {
  return `policies: { directResponse: { status: 200, body: "${body}" } }`;
}

/** Writes `text` as a configuration file in a folder of its own. */
export function configFile(t: Cleanup, text: string): string {
  const file = join(temporaryFolder(t), 'config.yaml');
  writeFileSync(file, text);
  return file;
}

/** Body of a GET on a new connection. */
export async function get(port: number, path = '/'): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } });
  return response.text();
}

/** An upstream that keeps every request until it is told to answer. */
export async function slowUpstream(t: TestContext): Promise<{
  readonly port: number;
  /** Resolves when a request has arrived. */
  readonly arrived: Promise<void>;
  answer(): void;
}> {
  const waiting: Socket[] = [];
  const { promise: arrived, resolve } = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      waiting.push(socket);
      resolve();
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  t.after(() => {
    for (const socket of waiting) socket.destroy();
    server.close();
  });
  const answer = (): void => {
    for (const socket of waiting) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nslow');
  };
  return { port: (server.address() as AddressInfo).port, arrived, answer };
}

/** Whether something listens on a loopback port. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
