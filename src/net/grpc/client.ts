import { ProtoError } from '../../base/protobuf/reader.ts';
import type { MessageType } from '../../base/protobuf/message.ts';
import { GrpcCall, type GrpcOptions, type GrpcTransport } from './call.ts';
import { GrpcError, grpcCodes } from './status.ts';

/** A method of a service. */
export interface GrpcMethod<Request, Reply> {
  /** `/package.Service/Method` */
  readonly path: string;
  readonly request: MessageType<Request>;
  readonly reply: MessageType<Reply>;
}

/** How one request with one reply is made. */
export interface UnaryOptions extends GrpcOptions {
  /** Ends the call; it rejects with status CANCELLED. */
  readonly signal?: AbortSignal;
}

/** One request, one reply. Rejects with a {@link GrpcError} for everything that is no reply with status OK. */
export function callUnary<Request, Reply>(
  transport: GrpcTransport,
  method: GrpcMethod<Request, Reply>,
  request: Request,
  options: UnaryOptions = {},
): Promise<Reply> {
  const { signal } = options;
  if (signal?.aborted === true) return Promise.reject(cancelled());
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  let reply: Reply | undefined;
  const onAbort = (): void => {
    call.cancel();
    reject(cancelled());
  };
  const call = new GrpcCall(
    transport,
    method.path,
    {
      message(bytes) {
        if (reply !== undefined) throw new GrpcError(grpcCodes.internal, 'the service sent more than one reply');
        reply = decoded(method.reply, bytes);
        return true;
      },
      drained() {},
      ended(error) {
        signal?.removeEventListener('abort', onAbort);
        if (error !== null) reject(error);
        else if (reply === undefined) reject(new GrpcError(grpcCodes.internal, 'the service sent no reply'));
        else resolve(reply);
      },
    },
    options,
  );
  signal?.addEventListener('abort', onAbort);
  call.send(method.request.encode(request));
  call.halfClose();
  return promise;
}

/** Hears about a stream of messages. */
export interface StreamHandler<Reply> {
  /** False: no more until {@link GrpcStream.resume}. */
  message(message: Reply): boolean;
  /** More may be sent; a `send` had returned false. */
  drained(): void;
  /** It is over; null with status OK. */
  ended(error: GrpcError | null): void;
}

/** A call with any number of messages both ways. */
export interface GrpcStream<Request> {
  /** False: wait for {@link StreamHandler.drained}. */
  send(message: Request): boolean;
  halfClose(): void;
  /** Ends it at once; nothing is heard of it any more. */
  cancel(): void;
  resume(): void;
}

/** Begins a call with any number of messages both ways. */
export function openStream<Request, Reply>(
  transport: GrpcTransport,
  method: GrpcMethod<Request, Reply>,
  handler: StreamHandler<Reply>,
  options: GrpcOptions = {},
): GrpcStream<Request> {
  const call = new GrpcCall(
    transport,
    method.path,
    {
      message: (bytes) => handler.message(decoded(method.reply, bytes)),
      drained: () => handler.drained(),
      ended: (error) => handler.ended(error),
    },
    options,
  );
  return {
    send: (message) => call.send(method.request.encode(message)),
    halfClose: () => call.halfClose(),
    cancel: () => call.cancel(),
    resume: () => call.resume(),
  };
}

function decoded<Reply>(type: MessageType<Reply>, bytes: Buffer): Reply {
  try {
    return type.decode(bytes);
  } catch (error) {
    if (error instanceof ProtoError)
      throw new GrpcError(grpcCodes.internal, `the service sent ${error.message}`, error);
    throw error;
  }
}

function cancelled(): GrpcError {
  return new GrpcError(grpcCodes.cancelled, 'the call was cancelled');
}
