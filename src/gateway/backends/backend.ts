import type { GatewayError } from '../../base/errors.ts';
import type { PolicySpecs } from '../../model/policy.ts';
import type { Exchange } from '../exchange.ts';
import type { ErrorShape } from '../rescue.ts';

/** A backend ready to serve: protocol work and the choice of endpoint are behind `handle`. */
export interface CompiledBackend {
  /** Stable over reloads for the same configured backend; other workers name it by this. */
  readonly key: string;
  /** Shown in logs and metrics. */
  readonly name: string;
  /** `http`, `llm`, `mcp` … : the `protocol` label. */
  readonly protocol: string;
  /** CONNECT may end at it: it passes bytes on. */
  readonly takesTunnels?: true;
  /** It asks the route's policies about what its clients want to do: a model, a tool. Absent: HTTP shows all there is. */
  readonly authorizes?: true;
  /** Policies that its requests need at their route, before those that decide about them. */
  readonly routePolicies?: PolicySpecs;
  /** How its clients expect errors; absent: the gateway's own shape. */
  readonly errorShape?: ErrorShape;
  /** How the client of this request expects them; null: as `errorShape` says. */
  errorBody?(x: Exchange): ((error: GatewayError) => unknown) | null;
  /**
   * Serves the exchange: ends in exactly one of `x.reply`, `x.openStream`, a relay to an upstream, or `x.fail`.
   * A thrown or rejected error becomes `x.fail`.
   */
  handle(x: Exchange): void | Promise<void>;
  /** The process is about to stop: streams that wait for nothing in particular end now. */
  drain?(): void;
  /** No snapshot holds it any more, or the process stops. */
  close(): void;
}
