import type { Expression } from './model.ts';

/** How a virtual model chooses among other models, by their names. */
export type VirtualRouting =
  | { readonly kind: 'weighted'; readonly targets: readonly { readonly model: string; readonly weight: number }[] }
  /** Lower priorities first; several of one priority share the load. */
  | { readonly kind: 'failover'; readonly targets: readonly { readonly model: string; readonly priority: number }[] }
  /** The first whose condition holds, or that has none. */
  | {
      readonly kind: 'conditional';
      readonly targets: readonly { readonly model: string; readonly when?: Expression }[];
    };

/** A name that clients ask for and that chooses among models. */
export interface VirtualModel {
  readonly name: string;
  readonly routing: VirtualRouting;
}

/** When a provider is left out because it fails (agentgateway §2.7). */
export interface HealthSpec {
  /** Answers for which it holds count as failures; absent: server errors do. */
  readonly unhealthyExpression?: Expression;
  /** Absent: a failing provider is only asked less. */
  readonly eviction?: EvictionSpec;
}

/** When and how long a failing provider gets no requests. */
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

/** How long a provider may take and be silent. */
export interface StreamLimits {
  /** Milliseconds after which something is sent to a client whose stream is silent; 0: never. */
  readonly keepAliveMs: number;
  /** Milliseconds until a streamed answer must have begun; 0: no limit. */
  readonly firstTokenMs: number;
  /** Milliseconds between two parts of a streamed answer; 0: no limit. */
  readonly idleMs: number;
}

/** What holds where configuration says nothing. */
export const defaultStreamLimits: StreamLimits = { keepAliveMs: 15_000, firstTokenMs: 0, idleMs: 0 };

/** How a provider is served through, beside where it is and what it speaks. */
export interface ProviderServing {
  readonly health?: HealthSpec;
  readonly limits?: StreamLimits;
}
