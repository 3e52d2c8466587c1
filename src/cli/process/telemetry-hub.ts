import type { MetricEvent } from '../../telemetry/metrics/events.ts';
import { createMetrics, type Metrics } from '../../telemetry/metrics/names.ts';
import { MetricRegistry } from '../../telemetry/metrics/registry.ts';
import { MetricsView } from '../../telemetry/metrics/view.ts';
import type { ProcessSettings } from '../../model/process.ts';

/** Which metrics are kept and which labels are added; the same in every thread. */
export interface MetricChoices {
  readonly remove: readonly string[];
  readonly labels: readonly string[];
}

/** The choices of the `config.metrics` settings. */
export function metricChoices({ metrics }: ProcessSettings): MetricChoices {
  return { remove: metrics.remove, labels: [...metrics.add.keys()] };
}

/** One worker's metrics, as the main thread receives them. */
export interface WorkerMetrics {
  accept(event: MetricEvent): void;
  /** The worker has ended. */
  retire(): void;
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
  worker(): WorkerMetrics {
    return this.view.source();
  }
}
