import type { MetricChoices } from '../../gateway/workers/messages.ts';
import { createMetrics, type Metrics } from '../../telemetry/metrics/names.ts';
import { MetricRegistry } from '../../telemetry/metrics/registry.ts';
import { MetricsView, type MetricsSource } from '../../telemetry/metrics/view.ts';
import type { ProcessSettings } from '../../model/process.ts';

/** The choices of the `config.metrics` settings. */
export function metricChoices({ metrics }: ProcessSettings): MetricChoices {
  return { remove: metrics.remove, labels: [...metrics.add.keys()] };
}

/** All metrics of the process: the main thread's own and those of every worker. */
export class TelemetryHub {
  readonly view: MetricsView = new MetricsView();
  /** For what the main thread itself counts. */
  readonly own: Metrics;

  constructor(choices: MetricChoices, version: string) {
    const registry = new MetricRegistry({ remove: choices.remove });
    const source = this.view.source();
    registry.onSeries((event) => source.accept(event));
    this.own = createMetrics(registry, choices.labels);
    this.own.build.with(version).set(1);
    this.own.workersRestarted.with();
    this.own.configSynchronized.with().set(1);
  }

  /** Receives the metrics of a worker that starts. */
  worker(): MetricsSource {
    return this.view.source();
  }
}
