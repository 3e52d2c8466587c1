import type { UpstreamAddress } from '../backend.ts';
import type { BackendPolicySpecs } from '../policy.ts';
import type { ServiceBackend } from '../service.ts';

/** A service that policies ask: an authorization service, a token endpoint, a rate limit service. */
export interface HelperTarget {
  readonly backend: HelperBackend;
  /** Over the backend's own. */
  readonly policies?: BackendPolicySpecs;
}

/** A named host backend, a host, or a service. */
export type HelperBackend =
  | { readonly kind: 'named'; readonly name: string }
  | { readonly kind: 'host'; readonly address: UpstreamAddress }
  | ServiceBackend;
