import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Where the gateway of a soak run listens and where its requests go. */
export interface SoakPorts {
  readonly http: number;
  readonly llm: number;
  readonly mcp: number;
  readonly admin: number;
  readonly stats: number;
  readonly readiness: number;
  readonly upstream: number;
  /** Nothing listens there. */
  readonly closed: number;
}

/** What the gateway held at one moment. */
export interface Sample {
  readonly rssMiB: number;
  /** Heap in use after a full collection. */
  readonly heapMiB: number;
  readonly descriptors: number;
  readonly threads: number;
  readonly timers: number;
  /** Child processes, their children included. */
  readonly children: number;
}

function configuration(ports: SoakPorts, workers: number): string {
  const everything = join(root, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js');
  const upstream = `"127.0.0.1:${ports.upstream}"`;
  const at = (port: number): string => `{ port: ${port}, address: ["127.0.0.1"] }`;
  return `config:
  workerThreads: ${workers}
  adminAddr: 127.0.0.1:${ports.admin}
  statsAddr: 127.0.0.1:${ports.stats}
  readinessAddr: 127.0.0.1:${ports.readiness}
  # Idle upstream connections are gone when a sample is taken.
  backend: { poolIdleTimeout: 1s }
gateways: { http: ${at(ports.http)}, llm: ${at(ports.llm)}, mcp: ${at(ports.mcp)} }
routes:
- name: retry
  gateways: http
  matches: [{ path: { exact: /retry } }]
  policies: { retry: { attempts: 2, backoff: 1ms, codes: [503] } }
  backends: [{ host: ${upstream} }]
- name: error
  gateways: http
  matches: [{ path: { exact: /error } }]
  backends: [{ host: "127.0.0.1:${ports.closed}" }]
- name: timeout
  gateways: http
  matches: [{ path: { exact: /hang } }]
  policies: { timeout: { requestTimeout: 20ms } }
  backends: [{ host: ${upstream} }]
- name: mirrored
  gateways: http
  matches: [{ path: { exact: /mirrored } }]
  policies: { requestMirror: { backend: { host: ${upstream} }, percentage: 1 } }
  backends: [{ host: ${upstream} }]
- name: rest
  gateways: http
  backends: [{ host: ${upstream} }]
llm:
  gateways: llm
  models: [{ name: demo, provider: demo }]
mcp:
  gateways: mcp
  targets: [{ name: everything, stdio: { cmd: ${JSON.stringify(process.execPath)}, args: [${JSON.stringify(everything)}, stdio] } }]
`;
}

/** The gateway as a process of its own, with a probe inside. */
export class SoakGateway {
  readonly #child: ChildProcess;
  readonly #folder: string;
  #errors = '';

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    child.stderr?.setEncoding('utf8').on('data', (part: string) => {
      this.#errors = (this.#errors + part).slice(-100_000);
    });
  }

  /** Starts it and waits until it is ready. */
  static async start(ports: SoakPorts, workers: number): Promise<SoakGateway> {
    const folder = mkdtempSync(join(tmpdir(), 'waygate-soak-'));
    const file = join(folder, 'config.yaml');
    writeFileSync(file, configuration(ports, workers));
    const probe = join(import.meta.dirname, 'probe.mjs');
    const args = ['--expose-internals', '--expose-gc', '--import', probe, join(root, 'bin/waygate'), '-f', file];
    const gateway = new SoakGateway(spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] }), folder);
    await gateway.#says(/\tready\b|"ready"| ready/);
    return gateway;
  }

  /** What it holds now. */
  async sample(): Promise<Sample> {
    const pid = this.#child.pid ?? 0;
    // Before the probe collects garbage: the process as its owner sees it.
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    this.#errors = '';
    this.#child.kill('SIGURG');
    const line = await this.#says(/^soak-probe (.*)$/m);
    const probe = JSON.parse(line) as { timers: number; heapUsed: number };
    const figure = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
    return {
      rssMiB: figure('VmRSS') / 1024,
      heapMiB: probe.heapUsed / 1024 / 1024,
      descriptors: readdirSync(`/proc/${pid}/fd`).length,
      threads: figure('Threads'),
      timers: probe.timers,
      children: descendants(pid),
    };
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    if (this.#child.exitCode === null) {
      this.#child.kill('SIGTERM');
      await ended;
    }
    rmSync(this.#folder, { recursive: true });
  }

  /** Waits for a line on standard error; gives its first group. */
  async #says(pattern: RegExp): Promise<string> {
    for (let i = 0; i < 3000; i++) {
      const match = pattern.exec(this.#errors);
      if (match !== null) return match[1] ?? '';
      if (this.#child.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`the gateway did not say ${pattern.source}:\n${this.#errors}`);
  }
}

function descendants(pid: number): number {
  let count = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const children = readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim();
    for (const child of children === '' ? [] : children.split(' ')) count += 1 + descendants(Number(child));
  }
  return count;
}
