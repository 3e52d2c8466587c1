import { wallMs } from '../../base/clock.ts';
import { AccessLogWriter } from '../../telemetry/access-log/writer.ts';
import { openLogTarget } from '../../telemetry/access-log/target.ts';
import { createMetrics } from '../../telemetry/metrics/names.ts';
import { MetricRegistry } from '../../telemetry/metrics/registry.ts';
import { SharedCell } from '../../telemetry/shared/cell.ts';
import { SharedLimit } from '../../telemetry/shared/limit.ts';
import { sessionPorts } from '../../mcp/session/session-ports.ts';
import { SharedNames } from '../../mcp/federation/names/shared-names.ts';
import { guardianFromFd } from '../../mcp/transports/stdio/guardian.ts';
import { InheritedSockets } from '../../net/inherited-sockets.ts';
import { TicketKeys } from '../../net/tls/tickets.ts';
import { DataPlane, type Prepared } from '../data-plane.ts';
import type { DataPlaneLike } from './link.ts';
import { peerSocketPath } from './peer-sockets.ts';
import { WorkerBulletin } from './worker-bulletin.ts';
import type { PlanePorts } from './serve-thread.ts';

const standardOutput = 1;

/** The data plane of one worker with metrics and an access log of its own. */
export function makeWorkerPlane({
  seed,
  log,
  slots,
  onMetric,
  onSessionDeleted,
  onTraced,
}: PlanePorts): DataPlaneLike<Prepared> {
  const registry = new MetricRegistry({ remove: seed.metrics.remove });
  registry.onSeries(onMetric);
  const metrics = createMetrics(registry, seed.metrics.labels);
  const dropped = metrics.accessLogDropped.with();
  const accessLog = new AccessLogWriter(openLogTarget(standardOutput), { onDropped: (lines) => dropped.add(lines) });
  const bulletin = new WorkerBulletin(seed.sessions.roster.own.run);
  const plane = new DataPlane({
    workerId: seed.workerId,
    workerCount: seed.workerCount,
    reusePort: seed.reusePort,
    ...(seed.inherited === null ? {} : { inherited: new InheritedSockets(seed.inherited) }),
    log,
    metrics,
    accessLog,
    limit: (name, maximum) => new SharedLimit(slots.slot(name), seed.workerId, maximum),
    cell: (name) => new SharedCell(slots.slot(name)),
    area: (name, bytes) => ({ buffer: slots.area(name, bytes), worker: seed.workerId, workers: seed.workerCount }),
    ticketKeys: new TicketKeys(seed.ticketSecret),
    onTraced,
    peerSocket: (worker) => peerSocketPath(seed.peerDirectory, worker),
    mcp: {
      names: new SharedNames(seed.mcpNames),
      guardian: seed.guardianFd === null ? null : guardianFromFd(seed.guardianFd),
      sessionPorts: sessionPorts(seed.sessions, wallMs, onSessionDeleted, bulletin),
    },
  });
  return {
    prepare: (model) => plane.prepare(model),
    commit: (prepared) => plane.commit(prepared),
    discard: (prepared) => plane.discard(prepared),
    drain: async (minimumMs, deadlineMs) => {
      await plane.drain(minimumMs, deadlineMs);
      await accessLog.flush();
    },
    close: () => {
      plane.close();
      bulletin.close();
      accessLog.flushSync();
    },
    trace: (watches) => plane.trace(watches),
    boundAddresses: () => plane.boundAddresses(),
    sockets: () => plane.sockets(),
  };
}
