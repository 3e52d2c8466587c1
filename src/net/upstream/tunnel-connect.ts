import type { Socket } from 'node:net';
import { after, cancelTimer } from '../../base/clock.ts';
import type { GatewayError } from '../../base/errors.ts';
import { formatAddress } from '../../model/backend.ts';
import type { Connector, SocketAddress } from './connector.ts';
import type { EndpointSpec, ProxySpec } from './endpoint-spec.ts';
import { openTunnel, tunnelFailed } from './tunnel-handshake.ts';

/** What a connection is made over: an address, or a socket that is connected already. */
export type ConnectOver =
  | { readonly path: string }
  | { readonly host: string; readonly port: number }
  | { readonly socket: Socket };

/** Who hears how it came out; `secure` shakes hands with the upstream inside of the tunnel, null where it speaks plain text. */
interface TunnelOutcome {
  readonly secure:
    | ((
        over: { readonly socket: Socket },
        onSocket: (socket: Socket) => void,
        onError: (error: GatewayError) => void,
      ) => () => void)
    | null;
  readonly onSocket: (socket: Socket) => void;
  readonly onError: (error: GatewayError) => void;
}

/** The proxy as an endpoint of its own. It is spoken to in HTTP/1.1. */
export function proxyEndpoint(
  spec: EndpointSpec,
  { address, tls, connectTimeoutMs, keepalive }: ProxySpec,
): EndpointSpec {
  const { dnsFamily } = spec;
  return {
    address,
    connectTimeoutMs,
    poolIdleTimeoutMs: 0,
    dnsFamily,
    ...(tls === undefined ? {} : { tls }),
    ...(keepalive === undefined ? {} : { keepalive }),
  };
}

/**
 * Connects to the upstream of `spec` through its proxy at `address`: TCP, TLS to the proxy where it wants it, CONNECT, then
 * `secure`. As {@link Connector.connect}; what goes wrong before the upstream is reached is connectFailed, with the reason in
 * its cause.
 */
export function connectThrough(
  spec: EndpointSpec,
  proxy: ProxySpec,
  connector: Connector,
  address: SocketAddress,
  { secure, onSocket, onError }: TunnelOutcome,
): () => void {
  const name = formatAddress(proxy.address);
  let socket: Socket | null = null;
  let leave = connector.connect(
    address,
    (connected) => {
      socket = connected;
      const timer =
        spec.connectTimeoutMs === 0
          ? null
          : after(spec.connectTimeoutMs, () => failed(tunnelFailed(`no tunnel in ${spec.connectTimeoutMs} ms`)));
      const failed = (error: GatewayError): void => {
        cancelTimer(timer);
        giveUp();
        onError(error);
      };
      const stop = openTunnel(
        connected,
        { target: formatAddress(spec.address), fields: proxy.fields },
        () => {
          cancelTimer(timer);
          if (secure === null) onSocket(connected);
          else leave = secure({ socket: connected }, onSocket, onError);
        },
        failed,
      );
      leave = () => {
        cancelTimer(timer);
        stop();
      };
    },
    ({ reason, cause }) => {
      const what = reason === 'tlsFailed' ? 'the TLS handshake with the proxy' : 'the connection to the proxy';
      onError(tunnelFailed(`${what} ${name} failed: ${cause instanceof Error ? cause.message : ''}`));
    },
  );
  const giveUp = (): void => {
    leave();
    socket?.on('error', () => undefined);
    socket?.destroy();
  };
  return giveUp;
}
