import type { Expression } from './model.ts';

/** When an endpoint or an LLM provider is left out because it fails (agentgateway §2.7). */
export interface HealthSpec {
  /** Answers for which it holds count as failures; absent: server errors do. */
  readonly unhealthyExpression?: Expression;
  /** Absent: one that fails is only asked less. */
  readonly eviction?: EvictionSpec;
  /** Asks endpoints whether they are well; absent: only requests tell. */
  readonly check?: HealthCheckSpec;
}

/** When and how long a failing endpoint gets no requests. */
export interface EvictionSpec {
  /** Milliseconds, the first time; grows with each time that follows. */
  readonly durationMs: number;
  /** Its score, from 0 to 1, when it comes back. */
  readonly restoreHealth?: number;
  /** Failures in a row after which it is left out. */
  readonly consecutiveFailures?: number;
  /** Score below which it is left out. */
  readonly healthThreshold?: number;
}

/** How an endpoint is asked whether it is well. Times in milliseconds. */
export interface HealthCheckSpec {
  readonly probe: HealthProbe;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Answers in a row that bring it back. */
  readonly healthyThreshold: number;
  /** Failures in a row that take it out. */
  readonly unhealthyThreshold: number;
}

/** What is asked: a path, the health service of gRPC (grpc.health.v1), or only for a connection. */
export type HealthProbe =
  | {
      readonly kind: 'http';
      readonly path: string;
      /** Host field; absent: the upstream's. */
      readonly host?: string;
      /** Empty: 200 to 299. */
      readonly statuses: readonly number[];
    }
  | { readonly kind: 'grpc'; readonly service: string }
  | { readonly kind: 'tcp' };
