import type { Bind } from '../../model/bind.ts';
import type { ProcessSettings } from '../../model/process.ts';
import { monotonicMs } from '../../base/clock.ts';
import type { AccessLogWriter } from '../../telemetry/access-log/writer.ts';
import type { Metrics } from '../../telemetry/metrics/names.ts';
import type { Exchange } from '../exchange.ts';
import { AccessLine } from './access-line.ts';
import { RouteLabels } from './route-labels.ts';

export { RouteLabels } from './route-labels.ts';

/** Writes the one record of each exchange of a bind: its access log line and its metrics. */
export class Recorder {
  readonly #bind: Bind;
  readonly #metrics: Metrics;
  readonly #accessLog: AccessLogWriter;
  readonly #line: AccessLine;
  readonly #customLabels: ProcessSettings['metrics']['add'];

  constructor(bind: Bind, settings: ProcessSettings, metrics: Metrics, accessLog: AccessLogWriter) {
    this.#bind = bind;
    this.#metrics = metrics;
    this.#accessLog = accessLog;
    this.#line = new AccessLine(bind.frontend.accessLog, settings);
    this.#customLabels = settings.metrics.add;
  }

  /** What is known of a route before any request, resolved once. */
  labels(gateway: string, listener: string, route: string, rule: string): RouteLabels {
    return new RouteLabels(this.#metrics, [this.#bind.key, gateway, listener, route, rule], this.#customLabels);
  }

  /** Exactly once for each exchange, when it has ended. */
  record(x: Exchange): void {
    const labels = x.route?.labels ?? x.listener?.labels ?? x.bind.labels;
    const durationMs = monotonicMs() - x.record.startedMs;
    labels.count(x, durationMs);
    const line = this.#line.format(x, labels, durationMs);
    if (line !== null) this.#accessLog.write(line);
  }

  /** A limit of this bind was hit. */
  limited(limit: 'connections' | 'requests'): void {
    this.#metrics.limitRejections.with(this.#bind.key, limit).add(1);
  }
}
