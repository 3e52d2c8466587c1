import type { Logger, LogLevel } from '../../base/logger.ts';
import type { Model } from '../../model/model.ts';
import type { TraceWatch } from '../trace/watch.ts';
import type { ListeningSocket } from '../../net/inherited-sockets.ts';
import type { DataPlaneLike, WorkerLink } from './link.ts';
import type { BoundAddress } from './messages.ts';
import { PlaneDriver } from './plane-driver.ts';

/** The only worker, in the main thread: no messages, no copy of the model, and its fault is the process's. */
export class LocalLink<Prepared> implements WorkerLink {
  readonly died: Promise<Error> = new Promise(() => undefined);
  readonly #driver: PlaneDriver<Prepared>;
  readonly #log: Logger;

  constructor(plane: DataPlaneLike<Prepared>, log: Logger) {
    this.#driver = new PlaneDriver(plane);
    this.#log = log;
  }

  prepare(version: number, model: Model): Promise<void> {
    return this.#driver.prepare(version, model);
  }

  async commit(version: number): Promise<readonly BoundAddress[]> {
    return this.#driver.commit(version);
  }

  async sockets(): Promise<readonly ListeningSocket[]> {
    return this.#driver.plane.sockets();
  }

  discard(version: number): void {
    this.#driver.discard(version);
  }

  drain(minimumMs: number, deadlineMs: number): Promise<void> {
    return this.#driver.plane.drain(minimumMs, deadlineMs);
  }

  setLogLevel(level: LogLevel): void {
    this.#log.setLevel(level);
  }

  trace(watches: readonly TraceWatch[]): void {
    this.#driver.plane.trace(watches);
  }

  fault(): void {
    queueMicrotask(() => {
      throw new Error('fault injected by a test');
    });
  }

  async stop(): Promise<void> {
    this.#driver.plane.close();
  }
}
