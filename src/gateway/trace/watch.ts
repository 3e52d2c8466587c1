/** Somebody who watches requests. Structured-cloneable. */
export interface TraceWatch {
  readonly id: number;
  /** Only requests for which it is true when they arrive; null: all. Checked before it comes here. */
  readonly expression: string | null;
}

/** One step of a request, for whoever watches it. Holds no field values, queries or bodies: they may be secrets. */
export interface TraceEvent {
  /** Names the request among all of this process. */
  readonly request: string;
  /** Milliseconds since the request arrived. */
  readonly atMs: number;
  readonly step: TraceStep;
  readonly [detail: string]: unknown;
}

/** What a step is about. */
export type TraceStep =
  | 'request'
  | 'listener'
  | 'route'
  | 'policy'
  | 'decision'
  | 'backend'
  | 'response'
  | 'error'
  | 'end';

/** Takes a step for one watch. */
export type TraceSink = (watch: number, event: TraceEvent) => void;
