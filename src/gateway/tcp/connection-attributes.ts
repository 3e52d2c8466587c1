import type { RawConnection } from '../../net/accept/raw-connection.ts';
import type { Activation } from '../../expr/cel/frame.ts';
import { sourceAttributes } from '../attributes/exchange-attributes.ts';
import type { CompiledTcp } from './tcp-bind.ts';
import type { CompiledTcpListener, CompiledTcpRoute } from './tcp-listener.ts';

/** The variables that expressions see of a connection that is passed on; `request`, `response` and the like are absent. */
export class ConnectionAttributes implements Activation {
  readonly raw: RawConnection;
  listener: CompiledTcpListener | null;
  route: CompiledTcpRoute | null;
  /** The chosen backend's name. */
  backend: string;
  readonly #tcp: Pick<CompiledTcp, 'bindKey' | 'sensitiveHeaders'>;

  constructor(raw: RawConnection, tcp: Pick<CompiledTcp, 'bindKey' | 'sensitiveHeaders'>) {
    this.raw = raw;
    this.listener = null;
    this.route = null;
    this.backend = '';
    this.#tcp = tcp;
  }

  get(root: string): unknown {
    const { connection, serverName } = this.raw;
    switch (root) {
      case 'source':
        return sourceAttributes(connection, this.#tcp.sensitiveHeaders);
      case 'destination':
        return {
          address: connection.localAddress,
          port: connection.localPort,
          ...(serverName === '' ? {} : { hostname: serverName }),
        };
      case 'backend':
        return this.backend === '' ? undefined : { name: this.backend, type: 'tcp', protocol: 'tcp' };
      case 'proxy':
        return this.#proxy();
      default:
        return undefined;
    }
  }

  #proxy(): unknown {
    const { listener, route } = this;
    return {
      bind: this.#tcp.bindKey,
      gateway: { name: listener?.gatewayName ?? '', namespace: listener?.gatewayNamespace ?? '' },
      listener: { name: listener?.name ?? '' },
      route: {
        name: route?.name ?? '',
        namespace: route?.namespace ?? '',
        kind: 'TCPRoute',
        rule: route?.ruleName ?? '',
      },
    };
  }
}
