import { toGatewayError } from '../../base/errors.ts';
import type { GrpcTransport } from '../../net/grpc/call.ts';
import type { HeaderList } from '../../net/http/headers.ts';
import { RequestHead, UNKNOWN_LENGTH } from '../../net/http/message.ts';
import type { OutboundCall, OutboundHandler } from '../../net/http/outbound.ts';
import { DeferredCall } from '../../net/upstream/deferred-call.ts';
import { CallScope } from '../attributes/call-scope.ts';
import type { Upstream } from './upstream.ts';

/** The way of gRPC calls to one upstream, with its credentials and field changes. */
export function grpcTransport(upstream: Upstream): GrpcTransport {
  const { signer, transform } = upstream;
  return (path, headers, handler) => {
    if (signer === null && transform === null) return dispatch(upstream, headOf(upstream, path, headers), handler);
    const call = new DeferredCall();
    signed(upstream, path, headers).then(
      (head) => {
        if (!call.aborted) call.become(dispatch(upstream, head, handler), () => handler.onDrain());
      },
      (error: unknown) => {
        if (!call.aborted) handler.onError(toGatewayError(error));
      },
    );
    return call;
  };
}

/** Never calls back before the caller has its call. */
async function signed(upstream: Upstream, path: string, headers: HeaderList): Promise<RequestHead> {
  const head = headOf(upstream, path, headers);
  await upstream.signer?.sign(head, null, null);
  return head;
}

function headOf(upstream: Upstream, path: string, headers: HeaderList): RequestHead {
  const { authority } = upstream;
  const fields = headers.clone();
  const head = new RequestHead('POST', 'http', authority, path, '', 20, fields, UNKNOWN_LENGTH, false, '', true);
  const scope = upstream.transform === null ? null : new CallScope(head, undefined);
  for (const step of upstream.requestSteps) step(head, null, scope);
  return head;
}

function dispatch(upstream: Upstream, head: RequestHead, handler: OutboundHandler): OutboundCall {
  const { method, path, query, authority, headers, bodyLength } = head;
  return upstream.endpoint.dispatch(
    { method, target: path + query, authority, headers, bodyLength, bodyMode: 'payload', upgrade: '' },
    handler,
  );
}
