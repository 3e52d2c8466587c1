import type { Activation } from '../../expr/cel/frame.ts';
import type { ConnectionInfo } from '../../net/http/message.ts';
import { sourceAttributes } from '../attributes/exchange-attributes.ts';

/** What is known of a connection before its first request. */
export function connectionActivation(connection: ConnectionInfo): Activation {
  return {
    get(root) {
      if (root === 'source') return sourceAttributes(connection);
      if (root !== 'destination') return undefined;
      const { localAddress, localPort, tls } = connection;
      return {
        address: localAddress,
        port: localPort,
        ...(tls === undefined || tls.serverName === '' ? {} : { hostname: tls.serverName }),
      };
    },
  };
}
