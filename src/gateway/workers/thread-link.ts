import { inspect } from 'node:util';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import type { LogLevel } from '../../base/logger.ts';
import type { Model } from '../../model/model.ts';
import type { MetricEvent } from '../../telemetry/metrics/events.ts';
import type { TraceSink, TraceWatch } from '../trace/watch.ts';
import type { ListeningSocket } from '../../net/inherited-sockets.ts';
import { WorkerLost, type WorkerLink } from './link.ts';
import type { BoundAddress, Order, Report, Slots, WorkerSeed } from './messages.ts';

/** The main thread's side of what a thread says of its own accord and of what it shares. */
export interface ThreadOwner {
  line(line: string): void;
  metric(event: MetricEvent): void;
  sessionDeleted(mark: bigint, expires: number): void;
  readonly traced: TraceSink;
  slots(model: Model): Slots;
}

type Waiter = { resolve(report: Report): void; reject(error: Error): void };

/** A worker thread. Make it with {@link startThread}. */
export class ThreadLink implements WorkerLink {
  readonly died: Promise<Error>;
  readonly #worker: Worker;
  readonly #owner: ThreadOwner;
  /** By the answer that is waited for: `prepared:3`, `ready` … */
  readonly #waiting = new Map<string, Waiter>();
  #thrown: unknown = null;
  #end: Error | null = null;
  #stopped = false;

  constructor(worker: Worker, owner: ThreadOwner) {
    this.#worker = worker;
    this.#owner = owner;
    const { promise, resolve } = Promise.withResolvers<Error>();
    this.died = promise;
    worker.on('message', (report: Report) => this.#receive(report));
    worker.on('error', (error) => {
      this.#thrown = error;
    });
    worker.on('exit', (code) => {
      const cause = this.#thrown instanceof Error ? this.#thrown : new Error(exitMessage(this.#thrown, code));
      this.#end = cause;
      for (const waiter of this.#waiting.values()) waiter.reject(new WorkerLost(cause));
      this.#waiting.clear();
      if (!this.#stopped) resolve(cause);
    });
  }

  /** Resolves when the thread listens to orders. */
  async ready(): Promise<void> {
    await this.#answer('ready');
  }

  async prepare(version: number, model: Model): Promise<void> {
    const report = await this.#ask(
      { kind: 'prepare', version, model, slots: this.#owner.slots(model) },
      `prepared:${version}`,
    );
    if (report.kind === 'refused') throw new Error(report.message);
  }

  async commit(version: number): Promise<readonly BoundAddress[]> {
    const report = await this.#ask({ kind: 'commit', version }, `committed:${version}`);
    return report.kind === 'committed' ? report.bound : [];
  }

  async sockets(): Promise<readonly ListeningSocket[]> {
    const report = await this.#ask({ kind: 'sockets' }, 'sockets');
    return report.kind === 'sockets' ? report.sockets : [];
  }

  discard(version: number): void {
    this.#send({ kind: 'discard', version });
  }

  async drain(minimumMs: number, deadlineMs: number): Promise<void> {
    await this.#ask({ kind: 'drain', minimumMs, deadlineMs }, 'drained');
  }

  setLogLevel(level: LogLevel): void {
    this.#send({ kind: 'logLevel', level });
  }

  trace(watches: readonly TraceWatch[]): void {
    this.#send({ kind: 'trace', watches });
  }

  fault(): void {
    this.#send({ kind: 'fault' });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#worker.terminate();
  }

  #send(order: Order): void {
    this.#worker.postMessage(order);
  }

  #ask(order: Order, answer: string): Promise<Report> {
    if (this.#end !== null) return Promise.reject(new WorkerLost(this.#end));
    this.#send(order);
    return this.#answer(answer);
  }

  #answer(key: string): Promise<Report> {
    return new Promise((resolve, reject) => this.#waiting.set(key, { resolve, reject }));
  }

  #receive(report: Report): void {
    if (report.kind === 'line') return this.#owner.line(report.line);
    if (report.kind === 'metric') return this.#owner.metric(report.event);
    if (report.kind === 'sessionDeleted') return this.#owner.sessionDeleted(report.mark, report.expires);
    if (report.kind === 'traced') return this.#owner.traced(report.watch, report.event);
    const key = keyOf(report);
    this.#waiting.get(key)?.resolve(report);
    this.#waiting.delete(key);
  }
}

/**
 * Starts a worker thread.
 * @param entry The module that the thread runs; it calls `serveThread` with its `workerData`.
 * @returns The link, once the thread takes orders; rejects with {@link WorkerLost} when it cannot start.
 */
export async function startThread(entry: URL, seed: WorkerSeed, owner: ThreadOwner): Promise<ThreadLink> {
  const worker = new Worker(entry, {
    workerData: seed,
    env: SHARE_ENV,
    name: `worker ${seed.workerId}`,
  });
  const link = new ThreadLink(worker, owner);
  await link.ready();
  return link;
}

function keyOf(report: Report): string {
  switch (report.kind) {
    case 'prepared':
    case 'refused':
      return `prepared:${report.version}`;
    case 'committed':
      return `committed:${report.version}`;
    default:
      return report.kind;
  }
}

function exitMessage(thrown: unknown, code: number): string {
  return thrown === null ? `the thread exited with code ${code}` : inspect(thrown);
}
