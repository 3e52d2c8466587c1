import type { Logger } from '../../base/logger.ts';
import { startAdmin } from '../../admin/admin.ts';
import { startReadiness, type Readiness } from '../../admin/readiness.ts';
import { startStats } from '../../admin/stats.ts';
import type { ProcessSettings } from '../../model/process.ts';
import { metricsPage } from '../../telemetry/metrics/prometheus.ts';
import type { InheritedSockets, ListeningSocket } from '../../net/inherited-sockets.ts';
import type { Gateway } from './gateway-process.ts';
import type { TelemetryHub } from './telemetry-hub.ts';

/** What the main thread's servers show and do. */
export interface ServersPorts {
  readonly gateway: Gateway;
  readonly hub: TelemetryHub;
  readonly readiness: () => Readiness;
  readonly shutdown: () => void;
  readonly inherited: InheritedSockets;
  readonly log: Logger;
}

/** The main thread's servers. */
export interface Servers {
  readonly sockets: readonly ListeningSocket[];
  close(): Promise<void>;
}

/** Starts admin, metrics and readiness. @throws Error with one line when an address is taken. */
export async function startServers(settings: ProcessSettings, ports: ServersPorts): Promise<Servers> {
  const { gateway, hub, log, readiness, shutdown, inherited } = ports;
  const starting = [
    startAdmin({
      address: settings.adminAddress,
      inherited,
      log,
      dump: () => gateway.supervisor.model,
      logLevel: () => gateway.logLevel(),
      setLogLevel: (level) => gateway.setLogLevel(level),
      trace: (expression, take) => gateway.traces.add(expression, take),
      shutdown,
    }),
    startStats({
      address: settings.statsAddress,
      inherited,
      log,
      metrics: (accept) => metricsPage(hub.view.snapshot(), accept),
    }),
    startReadiness({ address: settings.readinessAddress, inherited, log, readiness }),
  ];
  const results = await Promise.allSettled(starting);
  const running = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const close = async (): Promise<void> => {
    await Promise.all(running.map((server) => server.close()));
  };
  const problems = results.flatMap((result) =>
    result.status === 'rejected' ? [(result.reason as Error).message] : [],
  );
  inherited.settle();
  if (problems.length === 0) return { sockets: running.flatMap(({ sockets }) => sockets), close };
  await close();
  throw new Error(problems.join('; '));
}
