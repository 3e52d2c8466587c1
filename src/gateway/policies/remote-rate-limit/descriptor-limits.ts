import type { RateLimitDescriptor } from '../../../net/grpc/envoy/rate-limit.ts';
import type { ResponseHead } from '../../../net/http/message.ts';
import type { Exchange } from '../../exchange.ts';
import type { LocalReply } from '../policy.ts';

/** Who keeps the limits of descriptors. */
export interface DescriptorLimits {
  /**
   * Counts a request, whose hits each descriptor says, unless it is refused: an answer, or an error.
   * Rejects with GatewayError `rateLimitExceeded`, `rateLimitFailed`.
   */
  take(x: Exchange, descriptors: readonly RateLimitDescriptor[]): Promise<LocalReply | undefined>;
  /** Counts what was used, whether there was as much or not; in the background. */
  charge(descriptors: readonly RateLimitDescriptor[]): void;
  /** Adds to an answer what the client of the request is told beyond the usual fields. */
  setFields(x: Exchange, head: ResponseHead): void;
}
