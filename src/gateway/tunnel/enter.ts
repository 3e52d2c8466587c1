import type { Duplex } from 'node:stream';
import { isIP } from 'node:net';
import { GatewayError } from '../../base/errors.ts';
import { HeaderList } from '../../net/http/headers.ts';
import { ResponseHead, type ConnectionInfo } from '../../net/http/message.ts';
import { parseAuthority } from '../backends/dynamic/dynamic-backend.ts';
import type { Exchange } from '../exchange.ts';
import type { CompiledBind, Snapshot } from '../snapshot/snapshot.ts';

/** Serves a stream as a new connection to a bind; false: the bind is not in service, and the stream is the caller's. */
export type EnterBind = (bindKey: string, stream: Duplex, connection: ConnectionInfo) => boolean;

/** A tunnel that ends here: its bytes are a new connection to the bind that the target's port names. */
export function enterTunnel(x: Exchange, enter: EnterBind): void {
  const target = parseAuthority(x.request.authority, x.request.scheme);
  if (target?.kind !== 'tcp') throw new GatewayError('badRequest', 'the target of CONNECT must be host:port');
  const bind = bindFor(x.snapshot, x.bind, target.host, target.port);
  if (bind === null) throw new GatewayError('listenerNotFound', 'no listener here has the port of the tunnel');
  const head = new ResponseHead(200, new HeaderList(), 0);
  if (!x.begin(head)) return;
  x.inbound.respond(head, 'none');
  const { remoteAddress, remotePort, localAddress, raw } = x.connection;
  const connectHeaders = x.request.headers.clone();
  connectHeaders.append('host', x.request.authority);
  const connection: ConnectionInfo = {
    remoteAddress,
    remotePort,
    localAddress: isIP(target.host) === 0 ? localAddress : target.host,
    localPort: target.port,
    connectHeaders,
    ...(raw === undefined ? {} : { raw }),
  };
  const ended = x.detach();
  const stream = x.inbound.hijack();
  if (stream.destroyed) ended();
  else stream.once('close', ended);
  if (!enter(bind.key, stream, connection)) stream.destroy();
}

/**
 * The bind of a port, or the internal one without a port. Like agentgateway, an address names only binds on all addresses;
 * and what only this machine reaches stays so.
 */
function bindFor({ binds }: Snapshot, from: CompiledBind, host: string, port: number): CompiledBind | null {
  const literal = isIP(host) !== 0;
  let wildcard: CompiledBind | null = null;
  for (const bind of binds.values()) {
    if (bind.internal && bind.port === 0) wildcard ??= bind;
    if (bind.port !== port || port === 0 || (literal && !bind.everywhere)) continue;
    if (bind.onLoopback && !bind.internal && !from.onLoopback) continue;
    return bind;
  }
  return wildcard;
}
