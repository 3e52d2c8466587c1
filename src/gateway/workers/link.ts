import type { LogLevel } from '../../base/logger.ts';
import type { Model } from '../../model/model.ts';
import type { TraceWatch } from '../trace/watch.ts';
import type { ListeningSocket } from '../../net/inherited-sockets.ts';
import type { BoundAddress } from './messages.ts';

/** A worker as the supervisor sees it. Every promise rejects with {@link WorkerLost} when the worker dies first. */
export interface WorkerLink {
  /** Compiles `model` and opens what is new; rejects with a readable Error and leaves nothing behind. */
  prepare(version: number, model: Model): Promise<void>;
  /** Serves the model prepared as `version` from now on; yields what is listened on. */
  commit(version: number): Promise<readonly BoundAddress[]>;
  /** What it listens on, by its descriptors in this process. */
  sockets(): Promise<readonly ListeningSocket[]>;
  /** Drops the model prepared as `version`. */
  discard(version: number): void;
  /** Stops accepting and resolves when no request is in flight, at the latest after `deadlineMs`. */
  drain(minimumMs: number, deadlineMs: number): Promise<void>;
  setLogLevel(level: LogLevel): void;
  /** From now on these watch requests, and nobody else. */
  trace(watches: readonly TraceWatch[]): void;
  /** Makes the worker die of an uncaught exception. */
  fault(): void;
  /** Ends it now, whatever it does. */
  stop(): Promise<void>;
  /** Resolves with the cause when it has ended without {@link stop}; never otherwise. */
  readonly died: Promise<Error>;
}

/** The worker ended before it answered. */
export class WorkerLost extends Error {
  constructor(cause: Error) {
    super(`the worker ended: ${cause.message}`, { cause });
    this.name = 'WorkerLost';
  }
}

/** What a worker does for the supervisor; the data plane of the gateway, or a stand-in of a test. */
export interface DataPlaneLike<Prepared> {
  prepare(model: Model): Promise<Prepared>;
  commit(prepared: Prepared): void;
  discard(prepared: Prepared): void;
  drain(minimumMs: number, deadlineMs: number): Promise<void>;
  close(): void;
  trace(watches: readonly TraceWatch[]): void;
  boundAddresses(): readonly BoundAddress[];
  sockets(): readonly ListeningSocket[];
}
