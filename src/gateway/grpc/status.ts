import type { GatewayError, Reason } from '../../base/errors.ts';
import { HeaderList } from '../../net/http/headers.ts';

/** Status codes of gRPC (grpc.io, "Status codes and their use in gRPC") that a gateway has use for. */
const codes = {
  cancelled: 1,
  deadlineExceeded: 4,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** Reasons that say more than their HTTP status. */
const byReason: Partial<Record<Reason, number>> = {
  clientGone: codes.cancelled,
  requestTimeout: codes.deadlineExceeded,
  upstreamTimeout: codes.deadlineExceeded,
  bodyTooLarge: codes.resourceExhausted,
  headersTooLarge: codes.resourceExhausted,
  responseTooLarge: codes.resourceExhausted,
};

/** What clients make of HTTP statuses (gRPC, "HTTP to gRPC Status Code Mapping"); what is not listed is unknown: 2. */
const byStatus: ReadonlyMap<number, number> = new Map([
  [400, codes.internal],
  [401, codes.unauthenticated],
  [403, codes.permissionDenied],
  [404, codes.unimplemented],
  [405, codes.unimplemented],
  [429, codes.unavailable],
  [500, codes.internal],
  [502, codes.unavailable],
  [503, codes.unavailable],
  [504, codes.unavailable],
]);

/** The gRPC status of an error. */
export function grpcStatus(error: GatewayError): number {
  return byReason[error.reason] ?? byStatus.get(error.status) ?? 2;
}

/** An error as gRPC clients read it: HTTP status 200 and all else in the head ("Trailers-Only"). */
export function grpcError(error: GatewayError): { readonly status: 200; readonly headers: HeaderList } {
  return { status: 200, headers: new HeaderList(['content-type', 'application/grpc', ...grpcTrailers(error).flat]) };
}

/** An error as the trailers of an answer that has begun. */
export function grpcTrailers(error: GatewayError): HeaderList {
  return grpcStatusFields(grpcStatus(error), error.message);
}

/** The fields that say how a call ended. */
export function grpcStatusFields(code: number, message: string): HeaderList {
  return new HeaderList(['grpc-status', String(code), 'grpc-message', percentEncoded(message)]);
}

/** UTF-8 in which all but visible ASCII is escaped (gRPC over HTTP2, "Status-Message"). */
function percentEncoded(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => {
      const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
      return plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}
