import { GatewayError } from '../../base/errors.ts';

/** Limits of a message head; sizes in bytes. */
export interface HeadLimits {
  readonly maxHeadSize: number;
  readonly maxHeaders: number;
  /** Requests only. */
  readonly maxTargetLength: number;
}

/** A head that breaks RFC 9112. `message` names the fault and quotes nothing that was received. */
export function malformed(message: string): GatewayError {
  return new GatewayError('badRequest', message);
}
