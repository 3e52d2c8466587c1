import type { UpstreamAddress } from './backend.ts';
import type { BackendPolicySpecs } from './policy.ts';

/** A service whose endpoints are known: those of the workloads that belong to it. */
export interface ServiceBackend {
  readonly kind: 'service';
  readonly name: string;
  readonly policies: BackendPolicySpecs;
  /** What its endpoints are asked for; also the name that their certificates carry. */
  readonly hostname: string;
  /** `namespace/hostname`. */
  readonly service: string;
  /** The port that clients of the service know. */
  readonly port: number;
  /** In the order of the file; none: every request gets 503. */
  readonly endpoints: readonly ServiceEndpoint[];
  /** What the service says it speaks; a policy's word comes first. */
  readonly httpVersion?: '1.1' | '2';
}

/** One place that serves a service. */
export interface ServiceEndpoint {
  /** Unique in the service, and the same over reloads. */
  readonly name: string;
  readonly address: UpstreamAddress;
  /** Its share among endpoints of the same priority. */
  readonly weight: number;
  /** Requests go to the lowest priority that has an endpoint that is well. */
  readonly priority: number;
}
