import type { Logger } from '../../base/logger.ts';
import type { WebFetch } from '../../base/web-fetch.ts';
import type { CustomFunctions } from '../../expr/cel/custom-functions.ts';
import type { Model } from '../../model/model.ts';
import type { Endpoints } from '../../net/upstream/endpoints.ts';
import type { AccessLogWriter } from '../../telemetry/access-log/writer.ts';
import type { Metrics } from '../../telemetry/metrics/names.ts';
import type { SharedCell } from '../../telemetry/shared/cell.ts';
import type { SharedArea } from '../../telemetry/shared/keyed-table.ts';
import type { SharedLimit } from '../../telemetry/shared/limit.ts';
import { Expressions } from '../attributes/expressions.ts';
import type { McpWorkerPorts } from '../backends/mcp/mcp-backend.ts';
import type { CredentialStore } from '../credentials/credential-store.ts';
import type { StoreConnections } from '../rate-limit/store/store-connection.ts';
import type { KeyStore } from '../tokens/key-store.ts';
import type { Tracer } from '../trace/tracer.ts';
import type { Probes } from '../upstream/balance/probes.ts';
import type { BackendRegistry } from './backend-registry.ts';
import type { BalancePorts } from './compile-balance.ts';

/** What compiling needs of the worker that it runs in. */
export interface CompilePorts {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly accessLog: AccessLogWriter;
  readonly endpoints: Endpoints;
  readonly credentials: CredentialStore;
  readonly fetch: WebFetch;
  readonly keys: KeyStore;
  readonly tracer: Tracer;
  readonly registry: BackendRegistry;
  readonly probes: Probes;
  /** The process-wide limit of this name. */
  limit(name: string, maximum: number): SharedLimit;
  /** The shared number of a name of `limitNames`. */
  cell(name: string): SharedCell;
  /** The memory of a name of `limitAreas`. */
  area(name: string, bytes: number): SharedArea;
  readonly stores: StoreConnections;
  /** How many workers this process has. */
  readonly workers: number;
  readonly mcp: McpWorkerPorts;
}

/** What all parts of one compilation have in common. */
export interface Compilation {
  readonly model: Model;
  readonly ports: CompilePorts;
  /** What expressions may call besides the built-in functions. */
  readonly functions: CustomFunctions;
}

/** What balancers of the compilation need. */
export function balancePorts({ ports, functions }: Compilation): BalancePorts {
  const { endpoints, metrics, probes } = ports;
  const shared = {
    limit: (name: string, maximum: number) => ports.limit(name, maximum),
    cell: (name: string) => ports.cell(name),
  };
  return { endpoints, shared, metrics, probes, expressions: new Expressions(functions) };
}
