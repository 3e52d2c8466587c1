import type { HeaderList } from './headers.ts';

const grpcType = /^application\/grpc(?:$|[+;])/;

/** True for messages of gRPC, which exists over HTTP/2 only (gRPC over HTTP2, "Content-Type"). */
export function isGrpc(headers: HeaderList): boolean {
  const type = headers.get('content-type');
  return type !== undefined && grpcType.test(type);
}
