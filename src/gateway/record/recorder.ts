import type { CustomFunctions } from '../../expr/cel/custom-functions.ts';
import type { Bind } from '../../model/bind.ts';
import type { ProcessSettings } from '../../model/process.ts';
import { monotonicMs, wallMs } from '../../base/clock.ts';
import type { GatewayError } from '../../base/errors.ts';
import type { ConnectionInfo } from '../../net/http/message.ts';
import { lineFormat, type LineFormat } from '../../telemetry/access-log/line.ts';
import { LineClock } from '../../telemetry/access-log/time.ts';
import type { Counter, Gauge, Histogram } from '../../telemetry/metrics/series.ts';
import type { AccessLogWriter } from '../../telemetry/access-log/writer.ts';
import type { Metrics } from '../../telemetry/metrics/names.ts';
import { BodyCapture } from '../body-capture.ts';
import type { Exchange } from '../exchange.ts';
import { AccessLine, clientAddress } from './access-line.ts';
import { RouteLabels } from './route-labels.ts';
import { shownQuery } from './shown-query.ts';

/** What a limit is of, as the metric names it. */
export type LimitName =
  | 'connections'
  | 'connectionsPerAddress'
  | 'requests'
  | 'overload'
  | 'upstream'
  | 'localRateLimit'
  | 'remoteRateLimit'
  | 'concurrency';

/** Writes the one record of each exchange of a bind: its access log line and its metrics. */
export class Recorder {
  readonly #bind: Bind;
  readonly #metrics: Metrics;
  readonly #accessLog: AccessLogWriter;
  readonly #line: AccessLine;
  readonly #customLabels: ProcessSettings['metrics']['add'];
  readonly #functions: CustomFunctions;
  readonly #noCustom: readonly string[];
  readonly #inFlight: Gauge;
  readonly #connections: Counter;
  readonly #connectionsOpen: Gauge;
  readonly #handshakes: Histogram;
  readonly #refusal: LineFormat;
  readonly #clock: LineClock = new LineClock();

  /** @param functions What expressions may call besides the built-in functions. */
  constructor(
    bind: Bind,
    settings: ProcessSettings,
    functions: CustomFunctions,
    metrics: Metrics,
    accessLog: AccessLogWriter,
  ) {
    this.#bind = bind;
    this.#metrics = metrics;
    this.#accessLog = accessLog;
    this.#line = new AccessLine(bind.frontend.accessLog, settings, functions);
    this.#customLabels = settings.metrics.add;
    this.#functions = functions;
    this.#noCustom = [...settings.metrics.add.keys()].map(() => '');
    this.#inFlight = metrics.requestsInFlight.with(bind.key);
    this.#connections = metrics.downstreamConnections.with(bind.key, '', '', protocolOf(bind));
    this.#handshakes = metrics.tlsHandshakeDuration.with(bind.key, '', '', protocolOf(bind));
    this.#connectionsOpen = metrics.connectionsOpen.with(bind.key);
    this.#refusal = lineFormat(settings.logging.format, ['src.addr', 'http.status', 'error', 'reason']);
  }

  /** An exchange begins: what log expressions will want to see of its bodies is kept from now on. */
  began(x: Exchange): void {
    this.#inFlight.add(1);
    if (this.#line.readsRequestBody) x.body.capture(this.#bind.frontend.maxBufferSize);
    if (this.#line.readsResponseBody) x.responseCapture = new BodyCapture(this.#bind.frontend.maxBufferSize);
  }

  /** A connection was accepted. */
  opened(): void {
    this.#connections.add(1);
    this.#connectionsOpen.add(1);
  }

  /** A TLS handshake took this long. */
  handshake(ms: number): void {
    this.#handshakes.observe(ms / 1000);
  }

  /** A connection has closed. */
  closed(): void {
    this.#connectionsOpen.add(-1);
  }

  /** A request that could not even be parsed: it has no exchange, and yet it is counted and logged. */
  refused(error: GatewayError, connection: ConnectionInfo): void {
    this.#metrics.requests
      .with(this.#bind.key, '', '', '', '', '', 'http', 'other', String(error.status), error.reason, ...this.#noCustom)
      .add(1);
    this.#accessLog.write(
      this.#refusal(this.#clock.format(wallMs()), [
        clientAddress(connection),
        error.status,
        error.message,
        error.reason,
      ]),
    );
  }

  /** What is known of a route before any request, resolved once. */
  labels(gateway: string, listener: string, route: string, rule: string): RouteLabels {
    const values = [this.#bind.key, gateway, listener, route, rule];
    return new RouteLabels(this.#metrics, values, this.#customLabels, this.#functions);
  }

  /** Exactly once for each exchange, when it has ended. */
  record(x: Exchange): void {
    const labels = x.route?.labels ?? x.listener?.labels ?? x.bind.labels;
    const durationMs = monotonicMs() - x.record.startedMs;
    this.#inFlight.add(-1);
    const { secretParameters } = x.record;
    if (secretParameters !== null) x.request.query = shownQuery(x.request.query, secretParameters);
    labels.count(x, durationMs);
    const line = this.#line.format(x, labels, durationMs);
    if (line !== null) this.#accessLog.write(line);
  }

  /** A limit of this bind, or of an upstream of its requests, was hit. */
  limited(limit: LimitName): void {
    this.#metrics.limitRejections.with(this.#bind.key, limit).add(1);
  }
}

/** What connections of a bind count as before anything is known of them. */
function protocolOf({ listeners }: Bind): 'http' | 'tcp' | 'tls' {
  if (listeners.some(({ protocol }) => protocol === 'HTTP' || protocol === 'HTTPS')) return 'http';
  if (listeners.some(({ protocol }) => protocol === 'TLS')) return 'tls';
  return listeners.length === 0 ? 'http' : 'tcp';
}
