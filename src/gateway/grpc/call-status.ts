import type { GatewayError } from '../../base/errors.ts';
import type { HeaderList } from '../../net/http/headers.ts';
import { isGrpc } from '../../net/http/grpc.ts';
import { UNKNOWN_LENGTH } from '../../net/http/message.ts';
import type { Exchange } from '../exchange.ts';
import { grpcStatus, grpcTrailers } from './status.ts';

/**
 * The status that a call of gRPC ended with, from its trailers or, where the answer has a head only, from that; null
 * while there is none, and for what is no call.
 */
export function callStatus({ record, request, response }: Exchange): number | null {
  if (record.grpcStatus !== null) return record.grpcStatus;
  return request.version === 20 && response !== null ? statusIn(response.headers) : null;
}

/** `grpc-status` among fields; null when it is absent or no number. */
export function statusIn(fields: HeaderList): number | null {
  const text = fields.get('grpc-status') ?? '';
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : null;
}

/**
 * Ends a call whose answer has begun with a status of its own, which tells the client more than a reset would. False
 * when the answer is no call's, or its length was announced.
 */
export function endBrokenCall(x: Exchange, error: GatewayError): boolean {
  const { response } = x;
  if (x.request.version !== 20 || response === null || response.bodyLength !== UNKNOWN_LENGTH) return false;
  if (!isGrpc(response.headers)) return false;
  x.record.grpcStatus = grpcStatus(error);
  x.inbound.end(grpcTrailers(error));
  return true;
}
