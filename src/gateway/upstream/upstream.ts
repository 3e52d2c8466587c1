import type { RequestHead, ResponseHead } from '../../net/http/message.ts';
import type { Endpoint } from '../../net/http/outbound.ts';
import type { Policy } from '../policies/policy.ts';

/** An endpoint with the policies of one use of it, compiled. */
export interface Upstream {
  readonly endpoint: Endpoint;
  /** Value of Host when the gateway names the upstream itself: its host, with the port where it is not the scheme's. */
  readonly authority: string;
  /** True for host names: Host follows the upstream unless the route says otherwise (agentgateway §1.3 urlRewrite). */
  readonly namesHost: boolean;
  /** Credentials and field changes, on a copy of the request head. */
  readonly requestSteps: readonly ((head: RequestHead) => void)[];
  readonly responseSteps: readonly ((head: ResponseHead) => void)[];
  /** Answers instead of the endpoint; null without one. */
  readonly redirect: Policy | null;
  /** Milliseconds for each try up to the response head; 0 for no limit. */
  readonly requestTimeoutMs: number;
}
