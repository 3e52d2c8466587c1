import type { Counter } from '../../telemetry/metrics/series.ts';
import type { ServerNames } from '../../net/accept/server-names.ts';
import type { DialTarget } from './dial-target.ts';

/** A route of connections, ready to run. */
export interface CompiledTcpRoute {
  readonly name: string;
  readonly namespace: string;
  readonly ruleName: string;
  /** The backend of a connection; null when every weight is 0 or there is none. */
  readonly choose: () => DialTarget | null;
}

/** A listener of raw connections, ready to route. */
export interface CompiledTcpListener {
  readonly key: string;
  readonly name: string;
  readonly gatewayName: string;
  readonly gatewayNamespace: string;
  /** What it takes: TCP, or TLS that ends here or is passed on. */
  readonly takes: 'tcp' | 'tls' | 'passThrough';
  readonly routes: ServerNames<CompiledTcpRoute>;
  /** Bytes from and to its clients. */
  readonly received: Counter;
  readonly sent: Counter;
}
