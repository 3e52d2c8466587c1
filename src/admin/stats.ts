import type { MetricsPage } from '../telemetry/metrics/prometheus.ts';
import { router } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { serve } from './server.ts';
import type { RunningServer, ServerOptions } from './server.ts';

/** What the metrics server shows. */
export interface StatsOptions extends ServerOptions {
  /** The metrics page for an `Accept` field. */
  readonly metrics: (accept: string | undefined) => MetricsPage | Promise<MetricsPage>;
}

/** Starts the metrics server: `GET /metrics`, and `/stats/prometheus` as agentgateway and Envoy have it. */
export function startStats(options: StatsOptions): Promise<RunningServer> {
  const handle: Endpoint['handle'] = async (_query, request) => {
    const { contentType, body } = await options.metrics(request.header('accept'));
    return { status: 200, contentType, body };
  };
  const help = 'metrics for Prometheus';
  const endpoints = ['/metrics', '/stats/prometheus'].map((path): Endpoint => ({
    path,
    methods: ['GET'],
    help,
    handle,
  }));
  return serve('stats', options, router(endpoints), false);
}
