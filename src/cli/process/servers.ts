import type { Logger } from '../../base/logger.ts';
import { startAdmin } from '../../admin/admin.ts';
import { startReadiness, type Readiness } from '../../admin/readiness.ts';
import { startStats } from '../../admin/stats.ts';
import type { ProcessSettings } from '../../model/process.ts';
import { metricsPage } from '../../telemetry/metrics/prometheus.ts';
import type { Gateway } from './gateway-process.ts';
import type { TelemetryHub } from './telemetry-hub.ts';

/** What the main thread's servers show and do. */
export interface ServersPorts {
  readonly gateway: Gateway;
  readonly hub: TelemetryHub;
  readonly readiness: () => Readiness;
  readonly shutdown: () => void;
  readonly log: Logger;
}

/** Starts admin, metrics and readiness; yields how to end them. @throws Error with one line when an address is taken. */
export async function startServers(settings: ProcessSettings, ports: ServersPorts): Promise<() => Promise<void>> {
  const { gateway, hub, log, readiness, shutdown } = ports;
  const starting = [
    startAdmin({
      address: settings.adminAddress,
      log,
      dump: () => gateway.supervisor.model,
      logLevel: () => gateway.logLevel(),
      setLogLevel: (level) => gateway.setLogLevel(level),
      trace: (expression, take) => gateway.traces.add(expression, take),
      shutdown,
    }),
    startStats({
      address: settings.statsAddress,
      log,
      metrics: (accept) => metricsPage(hub.view.snapshot(), accept),
    }),
    startReadiness({ address: settings.readinessAddress, log, readiness }),
  ];
  const results = await Promise.allSettled(starting);
  const running = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const close = async (): Promise<void> => {
    await Promise.all(running.map((server) => server.close()));
  };
  const problems = results.flatMap((result) =>
    result.status === 'rejected' ? [(result.reason as Error).message] : [],
  );
  if (problems.length === 0) return close;
  await close();
  throw new Error(problems.join('; '));
}
