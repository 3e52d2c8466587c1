import { SharedNames } from '../../mcp/federation/names/shared-names.ts';
import { Logger } from '../../base/logger.ts';
import { webFetch } from '../../base/web-fetch.ts';
import { Tracer } from '../../gateway/trace/tracer.ts';
import { CredentialStore } from '../../gateway/credentials/credential-store.ts';
import { BackendRegistry } from '../../gateway/snapshot/backend-registry.ts';
import { Probes } from '../../gateway/upstream/balance/probes.ts';
import { compileSnapshot } from '../../gateway/snapshot/compile.ts';
import { SharedSessions } from '../../gateway/workers/shared-sessions.ts';
import { sessionPorts } from '../../mcp/session/session-ports.ts';
import type { Model } from '../../model/model.ts';
import { KeyStore } from '../../gateway/tokens/key-store.ts';
import { checkProtocols } from '../../net/accept/protocols.ts';
import { Sweeper } from '../../net/sweeper.ts';
import { Endpoints } from '../../net/upstream/endpoints.ts';
import { AccessLogWriter } from '../../telemetry/access-log/writer.ts';
import { createMetrics } from '../../telemetry/metrics/names.ts';
import { MetricRegistry } from '../../telemetry/metrics/registry.ts';
import { SharedCounters } from '../../telemetry/shared/counters.ts';
import { StoreConnections } from '../../gateway/rate-limit/store/store-connection.ts';
import { SharedCell } from '../../telemetry/shared/cell.ts';
import { SharedLimit } from '../../telemetry/shared/limit.ts';
import { metricChoices } from '../process/telemetry-hub.ts';

const standardOutput = 1;

/** A check asks nobody. */
const offline = (): Promise<never> => Promise.reject(new Error('a check asks nobody'));

/**
 * Compiles a model as a worker does at a start, and gives everything back: no port is opened, no child is started,
 * nothing is written. Throws a readable Error for what a start would refuse.
 */
export function checkCompiles(model: Model): void {
  const { remove, labels } = metricChoices(model.process);
  const counters = new SharedCounters(1);
  const registry = new BackendRegistry();
  try {
    const snapshot = compileSnapshot(model, {
      log: new Logger(() => undefined),
      metrics: createMetrics(new MetricRegistry({ remove }), labels),
      accessLog: new AccessLogWriter(standardOutput),
      endpoints: new Endpoints({ sweeper: new Sweeper() }),
      fetch: webFetch,
      tracer: new Tracer(0, () => undefined),
      credentials: new CredentialStore({ log: new Logger(() => undefined), env: {}, fetch: webFetch }),
      keys: new KeyStore({ log: new Logger(() => undefined), fetch: offline }),
      registry,
      probes: new Probes(false, new Logger(() => undefined)),
      limit: (name, maximum) => new SharedLimit(counters.slot(name), 0, maximum),
      cell: (name) => new SharedCell(counters.slot(name)),
      workers: 1,
      stores: new StoreConnections(new Logger(() => undefined), false),
      area: (name, bytes) => ({ buffer: counters.area(name, bytes), worker: 0, workers: 1 }),
      mcp: {
        guardian: null,
        names: new SharedNames(SharedNames.makeBuffer()),
        workerId: 0,
        sessionPorts: sessionPorts(new SharedSessions(1, [new Uint8Array(32)]).seed(0)),
        relayToPeer: () => {
          throw new Error('a check serves nothing');
        },
      },
    });
    try {
      for (const { protocols } of snapshot.binds.values()) checkProtocols(protocols);
    } finally {
      snapshot.retire();
    }
  } finally {
    registry.close();
  }
}
