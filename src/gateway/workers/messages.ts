import type { LogLevel } from '../../base/logger.ts';
import type { SessionSeed } from '../../mcp/session/session-ports.ts';
import type { Model } from '../../model/model.ts';
import type { MetricEvent } from '../../telemetry/metrics/events.ts';
import type { TraceEvent, TraceWatch } from '../trace/watch.ts';
import type { InheritedSet, ListeningSocket } from '../../net/inherited-sockets.ts';
import type { SharedSlot } from '../../telemetry/shared/limit.ts';

/** A socket that a data plane listens on. */
export interface BoundAddress {
  readonly bind: string;
  readonly address: string;
  readonly port: number;
}

/** What a worker needs to know before it gets a model. Structured-cloneable. */
export interface WorkerSeed {
  /** From 0; a replacement keeps the number of the worker that it replaces. */
  readonly workerId: number;
  readonly workerCount: number;
  /** Other workers listen on the same ports. */
  readonly reusePort: boolean;
  /** Sockets for the first model; null: none. */
  readonly inherited: InheritedSet | null;
  /** Private directory of the sockets between workers. */
  readonly peerDirectory: string;
  /** What the MCP sessions of all workers have in common. */
  readonly sessions: SessionSeed;
  /** From which the keys of TLS session tickets follow: 32 bytes. */
  readonly ticketSecret: Uint8Array;
  /** A pipe to the guardian of child processes, or null when there is none. */
  readonly guardianFd: number | null;
  /** Memory for `SharedNames`. */
  readonly mcpNames: SharedArrayBuffer;
  readonly log: { readonly level: LogLevel; readonly format: 'text' | 'json' };
  readonly metrics: MetricChoices;
}

/** Which metrics a thread keeps and how they are labelled; the same in every thread. */
export interface MetricChoices {
  /** Metrics that are not kept. */
  readonly remove: readonly string[];
  /** Names of the labels that configuration adds. */
  readonly labels: readonly string[];
}

/** The process-wide counts that a model needs, by name. */
export type Slots = ReadonlyMap<string, SharedSlot>;

/** From the supervisor to a worker thread. `version` ties an answer to its order. */
export type Order =
  | { readonly kind: 'prepare'; readonly version: number; readonly model: Model; readonly slots: Slots }
  | { readonly kind: 'commit'; readonly version: number }
  | { readonly kind: 'sockets' }
  | { readonly kind: 'discard'; readonly version: number }
  | { readonly kind: 'drain'; readonly minimumMs: number; readonly deadlineMs: number }
  | { readonly kind: 'logLevel'; readonly level: LogLevel }
  /** Who watches requests from now on. */
  | { readonly kind: 'trace'; readonly watches: readonly TraceWatch[] }
  /** Throw where nobody catches; tests end a worker with it. */
  | { readonly kind: 'fault' };

/** From a worker thread to the supervisor. */
export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'prepared'; readonly version: number }
  | { readonly kind: 'refused'; readonly version: number; readonly message: string }
  | { readonly kind: 'committed'; readonly version: number; readonly bound: readonly BoundAddress[] }
  | { readonly kind: 'sockets'; readonly sockets: readonly ListeningSocket[] }
  | { readonly kind: 'drained' }
  /** A client ended an MCP session; `expires` in milliseconds since the epoch. */
  | { readonly kind: 'sessionDeleted'; readonly mark: bigint; readonly expires: number }
  /** A step of a request that somebody watches. */
  | { readonly kind: 'traced'; readonly watch: number; readonly event: TraceEvent }
  /** A finished line of the diagnostic log. */
  | { readonly kind: 'line'; readonly line: string }
  /** Of the thread's metric registry. */
  | { readonly kind: 'metric'; readonly event: MetricEvent };
