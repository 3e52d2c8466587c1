import { GatewayError } from '../../base/errors.ts';
import type { Exchange } from '../exchange.ts';
import { ownName } from './own-name.ts';

/**
 * Refuses what a bind does not take as its `connectMode` says: CONNECT where it is denied, or where the request itself came
 * through a tunnel that ends here; and everything else where tunnels are all that clients may open.
 */
export function checkConnect({ bind, request, connection }: Exchange): void {
  const inside = connection.connectHeaders !== undefined;
  const { connectMode } = bind.frontend;
  if (request.method !== 'CONNECT') {
    if (connectMode === 'tunnel' && !inside) {
      throw new GatewayError('methodNotAllowed', 'only CONNECT is allowed here');
    }
    return;
  }
  if (connectMode === 'deny') throw new GatewayError('methodNotAllowed', 'CONNECT is not allowed here');
  // What follows would be taken for the tunnel's first bytes by some, and for a body by others.
  if (request.bodyLength !== 0) throw new GatewayError('badRequest', 'CONNECT with a body');
  if (request.headers.combined('via')?.includes(ownName) === true) {
    throw new GatewayError('badRequest', 'a loop: this gateway itself asks for the tunnel', { status: 508 });
  }
  if (connectMode === 'tunnel' && inside) {
    throw new GatewayError('methodNotAllowed', 'CONNECT is not allowed inside of a tunnel');
  }
}
