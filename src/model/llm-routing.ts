import type { HealthSpec } from './health.ts';
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
