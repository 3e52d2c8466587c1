import type { RequestHead, ResponseHead } from '../../net/http/message.ts';
import type { Endpoint } from '../../net/http/outbound.ts';
import type { Policy } from '../policies/policy.ts';
import type { TransformScope, UpstreamTransform } from '../policies/transformations/upstream-transform.ts';
import type { Balancer } from './balance/balancer.ts';
import type { Caller } from './caller.ts';

/** Puts a credential into a request that may have to be fetched, or depends on all of the request. */
export interface RequestSigner {
  /** True when the whole body must be at hand. */
  readonly coversBody: boolean;
  /**
   * Changes `head`, which may carry an earlier try's credential, just before it is sent. A promise only where it really
   * waits. Throws or rejects with `credentialsFailed`.
   *
   * @param body The whole body; null when there is none, or when it streams.
   * @param caller Null for a request that the gateway makes for itself, or for several clients; then what clients sent
   *   for it stands in `head`.
   */
  sign(head: RequestHead, body: Uint8Array | null, caller: Caller | null): void | Promise<void>;
}

/** An endpoint with the policies of one use of it, compiled. */
export interface Upstream {
  readonly endpoint: Endpoint;
  /** Chooses among several endpoints, for an exchange; absent: there is nothing to choose. It is `endpoint` as well. */
  readonly balancer?: Balancer | null;
  /** Value of Host when the gateway names the upstream itself: its host, with the port where it is not the scheme's. */
  readonly authority: string;
  /** True for host names: Host follows the upstream unless the route says otherwise (agentgateway §1.3 urlRewrite). */
  readonly namesHost: boolean;
  /** Credentials and field changes, on a copy of the request head. The scope is null where {@link transform} is. */
  readonly requestSteps: readonly ((head: RequestHead, caller: Caller | null, scope: TransformScope | null) => void)[];
  /** Signs each try after the steps; null for everyone without such credentials. */
  readonly signer: RequestSigner | null;
  readonly responseSteps: readonly ((head: ResponseHead, scope: TransformScope | null) => void)[];
  /** Changes computed by expressions, which may throw; those of fields are among the steps. Null: there are none. */
  readonly transform: UpstreamTransform | null;
  /** Answers instead of the endpoint; null without one. */
  readonly redirect: Policy | null;
  /** Milliseconds for each try up to the response head; 0 for no limit. */
  readonly requestTimeoutMs: number;
}
