import type { ServerNames } from '../../net/accept/server-names.ts';
import type { AccessLogWriter } from '../../telemetry/access-log/writer.ts';
import type { ConnectionLine } from './connection-line.ts';
import type { CompiledTcpListener } from './tcp-listener.ts';

/** The part of a bind that raw connections are served with. Each holds on to the one that it began with. */
export interface CompiledTcp {
  readonly bindKey: string;
  /** Names of the fields that `redacted()` of expressions hides. */
  readonly sensitiveHeaders: ReadonlySet<string>;
  readonly listeners: ServerNames<CompiledTcpListener>;
  /** Keys of the listeners. */
  readonly keys: ReadonlySet<string>;
  readonly line: ConnectionLine;
  readonly accessLog: AccessLogWriter;
  /** How long nothing may pass; 0: for ever. */
  readonly idleTimeoutMs: number;
  /** How long a connection may go on whose listener is gone, or whose process stops. */
  readonly drainDeadlineMs: number;
}
