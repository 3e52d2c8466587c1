import type { CustomFunctions } from '../../expr/cel/custom-functions.ts';
import type { ProcessSettings } from '../../model/process.ts';
import type { CounterFamily, HistogramFamily } from '../../telemetry/metrics/family.ts';
import type { Metrics } from '../../telemetry/metrics/names.ts';
import type { Counter, Histogram } from '../../telemetry/metrics/series.ts';
import { Expressions } from '../attributes/expressions.ts';
import type { Exchange } from '../exchange.ts';
import { LlmMetrics, McpMetrics } from './protocol-metrics.ts';

/** The series of requests with the same backend, method, status and reason. */
interface RequestSeries {
  readonly backend: string;
  readonly method: string;
  readonly status: number;
  readonly reason: string;
  readonly requests: Counter;
  readonly duration: Histogram;
  readonly bytes: Counter;
  readonly retries: Counter;
  readonly upstream: Histogram;
}

/** Methods that become label values; clients may invent others. */
const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH', 'QUERY']);

/** The metrics of one route: what is known at configuration time is bound, the rest found through the last series used. */
export class RouteLabels {
  /** bind, gateway, listener, route, route rule. */
  readonly values: readonly string[];
  readonly #metrics: Metrics;
  readonly #requests: CounterFamily;
  readonly #duration: HistogramFamily;
  readonly #bytes: CounterFamily;
  readonly #retries: CounterFamily;
  readonly #requestProcessing: HistogramFamily;
  readonly #responseProcessing: HistogramFamily;
  readonly #received: Counter;
  readonly #sent: Counter;
  readonly #custom: readonly ((x: Exchange) => string)[];
  #llm: LlmMetrics | null;
  #mcp: McpMetrics | null;
  #last: RequestSeries | null;
  #processing: { readonly backend: string; readonly request: Histogram; readonly response: Histogram } | null;

  /** @param functions What the expressions of custom labels may call. */
  constructor(
    metrics: Metrics,
    values: readonly string[],
    custom: ProcessSettings['metrics']['add'],
    functions: CustomFunctions,
  ) {
    this.values = values;
    this.#metrics = metrics;
    this.#requests = metrics.requests.bind(...values);
    this.#duration = metrics.requestDuration.bind(...values);
    this.#bytes = metrics.responseBytes.bind(...values);
    this.#retries = metrics.retries.bind(...values);
    this.#requestProcessing = metrics.requestProcessing.bind(...values);
    this.#responseProcessing = metrics.responseProcessing.bind(...values);
    const [bind = '', gateway = '', listener = ''] = values;
    this.#received = metrics.downstreamReceivedBytes.with(bind, gateway, listener, 'http');
    this.#sent = metrics.downstreamSentBytes.with(bind, gateway, listener, 'http');
    const expressions = new Expressions(functions);
    this.#custom = [...custom.values()].map((source) => {
      const text = expressions.text(source, 'log');
      return (x: Exchange) => text(x.attributes()) ?? '';
    });
    this.#llm = null;
    this.#mcp = null;
    this.#last = null;
    this.#processing = null;
  }

  /** Counts an exchange that has ended. */
  count(x: Exchange, durationMs: number): void {
    const { record } = x;
    if (record.mcp !== null && record.mcp.sentMs > 0) record.called(record.mcp.sentMs, record.mcp.answeredMs);
    const custom = this.#custom.length === 0 ? none : this.#custom.map((value) => value(x));
    const series = this.#series(x, custom);
    series.requests.add(1);
    series.duration.observe(durationMs / 1000);
    series.bytes.add(x.inbound.bytesSent);
    const { carried } = record;
    this.#received.add(x.inbound.bytesReceived + (carried?.forward ?? 0));
    this.#sent.add(x.inbound.bytesSent + (carried?.backward ?? 0));
    if (record.retries > 0) series.retries.add(record.retries);
    if (record.sentMs > 0) {
      const processing = this.#processingSeries(series.backend, custom);
      processing.request.observe((record.sentMs - record.startedMs) / 1000);
      if (record.answeredMs > 0) {
        // A stream may begin before the answers that go on it.
        const inOrder = record.respondedMs >= record.answeredMs;
        if (inOrder) processing.response.observe((record.respondedMs - record.answeredMs) / 1000);
        if (inOrder || record.mcp !== null) series.upstream.observe((record.answeredMs - record.sentMs) / 1000);
      }
    }
    if (record.llm !== null) {
      this.#llm ??= new LlmMetrics(this.#metrics, this.values);
      this.#llm.count(record.llm, durationMs, custom);
    }
    if (record.mcp !== null) {
      this.#mcp ??= new McpMetrics(this.#metrics, this.values);
      this.#mcp.count(record.mcp, custom);
    }
  }

  #series(x: Exchange, custom: readonly string[]): RequestSeries {
    const { record } = x;
    const backend = x.backend?.name ?? '';
    const method = knownMethods.has(record.method) ? record.method : 'other';
    const reason = record.reason ?? (record.answeredMs > 0 ? 'upstream' : 'direct');
    const last = this.#last;
    if (
      last !== null &&
      last.status === record.status &&
      last.method === method &&
      last.backend === backend &&
      last.reason === reason &&
      custom.length === 0
    ) {
      return last;
    }
    const protocol = x.backend?.protocol ?? 'http';
    const labels = [backend, protocol, method, String(record.status), reason, ...custom];
    const series: RequestSeries = {
      backend,
      method,
      status: record.status,
      reason,
      requests: this.#requests.with(...labels),
      duration: this.#duration.with(...labels),
      bytes: this.#bytes.with(...labels),
      retries: this.#retries.with(...labels),
      upstream: this.#metrics.upstreamCallDuration.with('Primary', callSubtype(x)),
    };
    this.#last = series;
    return series;
  }

  #processingSeries(backend: string, custom: readonly string[]): { request: Histogram; response: Histogram } {
    const last = this.#processing;
    if (last !== null && last.backend === backend && custom.length === 0) return last;
    const series = {
      backend,
      request: this.#requestProcessing.with(backend, ...custom),
      response: this.#responseProcessing.with(backend, ...custom),
    };
    this.#processing = series;
    return series;
  }
}

const none: readonly string[] = [];

/** `Http`, `Llm`, `Mcp`: the protocol's name as the metric writes it. */
function callSubtype(x: Exchange): string {
  const protocol = x.backend?.protocol ?? 'http';
  return protocol.charAt(0).toUpperCase() + protocol.slice(1);
}
