import type { Socket } from 'node:net';
import { GatewayError } from '../../base/errors.ts';
import type { DynamicBackend, UpstreamAddress } from '../../model/backend.ts';
import type { Dialer } from '../../net/upstream/dialer.ts';
import type { Expressions } from '../attributes/expressions.ts';
import { parseAuthority } from '../backends/dynamic/dynamic-backend.ts';
import type { ConnectionAttributes } from './connection-attributes.ts';

/** Who hears how a connection to a backend came out; one of the two is called, later. */
export interface DialOutcome {
  readonly onSocket: (socket: Socket, address: string) => void;
  readonly onError: (error: GatewayError) => void;
}

/** A backend of a TCP route, ready to be connected to. */
export interface DialTarget {
  /** Shown in logs and to expressions. */
  readonly name: string;
  /**
   * Connects. Throws noBackend where the connection names no upstream.
   * @returns The endpoint's name, and what gives up; then nothing is called any more.
   */
  dial(attributes: ConnectionAttributes, outcome: DialOutcome): { readonly endpoint: string; cancel(): void };
}

/** One address for every connection. */
export function fixedTarget(name: string, dialer: Dialer): DialTarget {
  return {
    name,
    dial: (_attributes, { onSocket, onError }) => ({ endpoint: dialer.name, cancel: dialer.dial(onSocket, onError) }),
  };
}

/** Each connection names its upstream: by the `target` expression, or by SNI, at the port that the client came to. */
export function dynamicTarget(
  backend: DynamicBackend,
  expressions: Expressions,
  open: (address: UpstreamAddress) => Dialer,
): DialTarget {
  const target = backend.target === undefined ? null : expressions.text(backend.target, 'request');
  return {
    name: backend.name,
    dial(attributes, { onSocket, onError }) {
      const text = target === null ? bySni(attributes) : target(attributes);
      const address = text === undefined ? null : parseAuthority(text, 'https');
      if (address === null) {
        throw new GatewayError('noBackend', 'the connection names no upstream (host:port expected)');
      }
      const dialer = open(address);
      const done = (): void => dialer.close();
      const cancel = dialer.dial(
        (socket, ip) => {
          done();
          onSocket(socket, ip);
        },
        (error) => {
          done();
          onError(error);
        },
      );
      return {
        endpoint: dialer.name,
        cancel() {
          done();
          cancel();
        },
      };
    },
  };
}

function bySni({ raw: { serverName, connection } }: ConnectionAttributes): string | undefined {
  return serverName === '' ? undefined : `${serverName}:${connection.localPort}`;
}
