import type { UpstreamAddress } from '../backend.ts';
import type { BackendPolicySpecs } from '../policy.ts';

/** A service that policies ask: an authorization service, a token endpoint, a rate limit service. */
export interface HelperTarget {
  /** A named host backend, or a host. */
  readonly backend:
    | { readonly kind: 'named'; readonly name: string }
    | { readonly kind: 'host'; readonly address: UpstreamAddress };
  /** Over the backend's own. */
  readonly policies?: BackendPolicySpecs;
}
