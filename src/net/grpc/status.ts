import type { GatewayError } from '../../base/errors.ts';
import type { HeaderList } from '../http/headers.ts';

/** Status codes of gRPC (grpc.io, "Status codes and their use in gRPC"). */
export const grpcCodes = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

/** How a call failed: a status other than OK, from the server or made here. */
export class GrpcError extends Error {
  override name = 'GrpcError';
  /** One of {@link grpcCodes}, or what else the server said. */
  readonly code: number;

  constructor(code: number, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** The status in trailers, or in a head that has no body after it; null for OK. */
export function statusOf(trailers: HeaderList | null): GrpcError | null {
  const text = trailers?.get('grpc-status');
  if (text === undefined) return new GrpcError(grpcCodes.unknown, 'the call ended without a status');
  if (text === '0') return null;
  const code = /^[0-9]{1,9}$/.test(text) ? Number(text) : grpcCodes.unknown;
  return new GrpcError(code, decoded(trailers?.get('grpc-message') ?? '') || `the call failed with status ${text}`);
}

/** Codes of HTTP statuses (gRPC, "HTTP to gRPC Status Code Mapping"); what is not listed is unknown. */
const byHttpStatus: ReadonlyMap<number, number> = new Map([
  [400, grpcCodes.internal],
  [401, grpcCodes.unauthenticated],
  [403, grpcCodes.permissionDenied],
  [404, grpcCodes.unimplemented],
  [429, grpcCodes.unavailable],
  [502, grpcCodes.unavailable],
  [503, grpcCodes.unavailable],
  [504, grpcCodes.unavailable],
]);

/** For an answer that is no gRPC. */
export function notGrpc(status: number, contentType: string): GrpcError {
  const code = byHttpStatus.get(status) ?? grpcCodes.unknown;
  const what = status === 200 ? `content of type ${JSON.stringify(contentType.slice(0, 60))}` : `HTTP status ${status}`;
  return new GrpcError(code, `the service answered with ${what} where gRPC was expected`);
}

/** For a call that could not be made or was cut. */
export function broken(error: GatewayError): GrpcError {
  if (error.reason === 'upstreamTimeout') return new GrpcError(grpcCodes.deadlineExceeded, error.message, error);
  if (error.reason === 'clientGone') return new GrpcError(grpcCodes.cancelled, error.message, error);
  return new GrpcError(grpcCodes.unavailable, error.message, error);
}

/** Undoes the escapes of `grpc-message` (gRPC over HTTP2, "Status-Message"); what cannot be undone stays. */
function decoded(message: string): string {
  const bytes = Buffer.from(
    message.replaceAll(/%([0-9a-fA-F]{2})/g, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  );
  return bytes.toString('utf8').slice(0, 1024);
}
