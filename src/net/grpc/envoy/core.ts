/** Messages that Envoy's services share; the numbers are those of envoy.config.core.v3 and envoy.type.v3. */

import {
  bool,
  latin1,
  mapOf,
  message,
  nested,
  oneOf,
  repeated,
  signed,
  text,
  unsigned,
} from '../../../base/protobuf/message.ts';
import type { MessageType } from '../../../base/protobuf/message.ts';
import { boolValue, struct, type ProtoStruct } from '../../../base/protobuf/well-known.ts';

/** A field line; a service may give its value as text or as bytes. */
export interface HeaderValue {
  readonly key?: string;
  readonly value?: string;
  /** One byte in each code unit. */
  readonly rawValue?: string;
}

export const headerValue: MessageType<HeaderValue> = message<HeaderValue>('envoy.config.core.v3.HeaderValue', {
  key: text(1),
  value: text(2),
  rawValue: latin1(3),
});

export interface HeaderMap {
  readonly headers?: readonly HeaderValue[];
}

export const headerMap: MessageType<HeaderMap> = message<HeaderMap>('envoy.config.core.v3.HeaderMap', {
  headers: repeated(nested(1, headerValue)),
});

/** Values of `append_action`. */
export const appendActions = { appendOrAdd: 0, addIfAbsent: 1, overwriteOrAdd: 2, overwriteIfExists: 3 } as const;

/** A field line and what becomes of lines with its name. */
export interface HeaderValueOption {
  readonly header?: HeaderValue;
  /** The older way to say it; it wins over `appendAction` where it is set. */
  readonly append?: { readonly value?: boolean };
  readonly appendAction?: number;
  readonly keepEmptyValue?: boolean;
}

export const headerValueOption: MessageType<HeaderValueOption> = message<HeaderValueOption>(
  'envoy.config.core.v3.HeaderValueOption',
  { header: nested(1, headerValue), append: nested(2, boolValue), appendAction: signed(3), keepEmptyValue: bool(4) },
);

export interface QueryParameter {
  readonly key?: string;
  readonly value?: string;
}

export const queryParameter: MessageType<QueryParameter> = message<QueryParameter>(
  'envoy.config.core.v3.QueryParameter',
  { key: text(1), value: text(2) },
);

export interface Metadata {
  readonly filterMetadata?: ReadonlyMap<string, ProtoStruct>;
}

export const metadata: MessageType<Metadata> = message<Metadata>('envoy.config.core.v3.Metadata', {
  filterMetadata: mapOf(1, nested(2, struct)),
});

interface SocketAddress {
  readonly protocol?: number;
  readonly address?: string;
  readonly portValue?: number;
}

const socketAddress: MessageType<SocketAddress> = message<SocketAddress>('envoy.config.core.v3.SocketAddress', {
  protocol: signed(1),
  address: text(2),
  portValue: unsigned(3),
});

interface Pipe {
  readonly path?: string;
}

const pipe: MessageType<Pipe> = message<Pipe>('envoy.config.core.v3.Pipe', { path: text(1) });

export interface Address {
  readonly socketAddress?: SocketAddress;
  readonly pipe?: Pipe;
}

export const address: MessageType<Address> = message<Address>('envoy.config.core.v3.Address', {
  socketAddress: oneOf('address', nested(1, socketAddress)),
  pipe: oneOf('address', nested(2, pipe)),
});

/** `envoy.type.v3.HttpStatus` */
export interface HttpStatus {
  readonly code?: number;
}

export const httpStatus: MessageType<HttpStatus> = message<HttpStatus>('envoy.type.v3.HttpStatus', { code: signed(1) });

/** `google.rpc.Status`, without its details. */
export interface RpcStatus {
  readonly code?: number;
  readonly message?: string;
}

export const rpcStatus: MessageType<RpcStatus> = message<RpcStatus>('google.rpc.Status', {
  code: signed(1),
  message: text(2),
});
