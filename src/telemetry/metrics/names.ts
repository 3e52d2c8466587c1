import type { MetricKind } from './events.ts';
import type { CounterFamily, GaugeFamily, HistogramFamily } from './family.ts';
import type { MetricRegistry } from './registry.ts';

/** Every metric of the gateway. Label values stand in the order of {@link metricTable}. */
export interface Metrics {
  readonly requests: CounterFamily;
  readonly requestDuration: HistogramFamily;
  readonly requestProcessing: HistogramFamily;
  readonly responseProcessing: HistogramFamily;
  readonly responseBytes: CounterFamily;
  readonly retries: CounterFamily;
  readonly requestsInFlight: GaugeFamily;
  readonly downstreamConnections: CounterFamily;
  readonly connectionsOpen: GaugeFamily;
  readonly downstreamReceivedBytes: CounterFamily;
  readonly downstreamSentBytes: CounterFamily;
  readonly tlsHandshakeDuration: HistogramFamily;
  readonly upstreamConnectDuration: HistogramFamily;
  readonly upstreamCallDuration: HistogramFamily;
  readonly upstreamEjections: CounterFamily;
  readonly upstreamHealthy: GaugeFamily;
  readonly mcpRequests: CounterFamily;
  readonly mcpLimits: CounterFamily;
  readonly mcpSessions: GaugeFamily;
  readonly mcpParkedCalls: GaugeFamily;
  readonly mcpProcesses: GaugeFamily;
  readonly genAiTokenUsage: HistogramFamily;
  readonly genAiRequestDuration: HistogramFamily;
  readonly genAiTimeToFirstToken: HistogramFamily;
  readonly genAiTimePerOutputToken: HistogramFamily;
  readonly policyExpressionErrors: CounterFamily;
  readonly policyServiceCalls: CounterFamily;
  readonly limitRejections: CounterFamily;
  readonly accessLogDropped: CounterFamily;
  readonly workersRestarted: CounterFamily;
  readonly configSynchronized: GaugeFamily;
  readonly build: GaugeFamily;
}

/** A metric as documented. */
export interface MetricRow {
  readonly kind: MetricKind;
  /** Without prefix and, for a counter, without `_total`. */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** True: `config.metrics.fields.add` adds labels after these. */
  readonly custom?: boolean;
  readonly buckets?: readonly number[];
}

const route = ['bind', 'gateway', 'listener', 'route', 'route_rule'];
const http = [...route, 'backend', 'protocol', 'method', 'status', 'reason'];
const genAi = [...route, 'gen_ai_operation_name', 'gen_ai_system', 'gen_ai_request_model', 'gen_ai_response_model'];
const tcp = ['bind', 'gateway', 'listener', 'protocol'];

const requestSeconds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 80];
const processingSeconds = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25];
const connectSeconds = [0.0005, 0.0015, 0.0043, 0.0126, 0.0368, 0.108, 0.316, 0.924, 2.71, 8];
// OpenTelemetry GenAI metrics name these bounds; 1 ms is added where fast models need it, as agentgateway does.
const tokenCounts = Array.from({ length: 14 }, (_, i) => 4 ** i);
const genAiRequestSeconds = Array.from({ length: 14 }, (_, i) => 2 ** i / 100);
const firstTokenSeconds = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const outputTokenSeconds = [0.001, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5];

/** The one table of metrics: registration, documentation and tests read it. */
export const metricTable: Readonly<Record<keyof Metrics, MetricRow>> = {
  requests: {
    kind: 'counter',
    name: 'requests',
    help: 'HTTP requests answered',
    labels: http,
    custom: true,
  },
  requestDuration: {
    kind: 'histogram',
    name: 'request_duration_seconds',
    help: 'Time from the request head to the last response byte',
    labels: http,
    custom: true,
    buckets: requestSeconds,
  },
  requestProcessing: {
    kind: 'histogram',
    name: 'request_processing_seconds',
    help: 'Time from the request head to the sending of the main upstream call',
    labels: [...route, 'backend'],
    custom: true,
    buckets: processingSeconds,
  },
  responseProcessing: {
    kind: 'histogram',
    name: 'response_processing_seconds',
    help: 'Time from the head of the main upstream response to the sending of the response head',
    labels: [...route, 'backend'],
    custom: true,
    buckets: processingSeconds,
  },
  responseBytes: {
    kind: 'counter',
    name: 'response_bytes',
    help: 'Bytes of HTTP response bodies',
    labels: http,
    custom: true,
  },
  retries: {
    kind: 'counter',
    name: 'retries',
    help: 'Tries after the first',
    labels: http,
    custom: true,
  },
  requestsInFlight: {
    kind: 'gauge',
    name: 'requests_in_flight',
    help: 'Requests begun and not yet answered in full',
    labels: ['bind'],
  },
  downstreamConnections: {
    kind: 'counter',
    name: 'downstream_connections',
    help: 'Client connections accepted',
    labels: tcp,
  },
  connectionsOpen: {
    kind: 'gauge',
    name: 'connections_open',
    help: 'Client connections open',
    labels: ['bind'],
  },
  downstreamReceivedBytes: {
    kind: 'counter',
    name: 'downstream_received_bytes',
    help: 'Bytes read from client connections, after TLS',
    labels: tcp,
  },
  downstreamSentBytes: {
    kind: 'counter',
    name: 'downstream_sent_bytes',
    help: 'Bytes written to client connections, before TLS',
    labels: tcp,
  },
  tlsHandshakeDuration: {
    kind: 'histogram',
    name: 'tls_handshake_duration_seconds',
    help: 'Time of TLS handshakes with clients',
    labels: tcp,
    buckets: connectSeconds,
  },
  upstreamConnectDuration: {
    kind: 'histogram',
    name: 'upstream_connect_duration_seconds',
    help: 'Time to open an upstream connection, TLS included; transport is plaintext or tls',
    labels: ['transport'],
    buckets: connectSeconds,
  },
  upstreamCallDuration: {
    kind: 'histogram',
    name: 'upstream_call_duration_seconds',
    help: 'Time of calls that the gateway makes; kind is Primary, Policy or Mirror, subtype what is called (Http, Llm, Mcp, ExtAuthz, ExtProc)',
    labels: ['kind', 'subtype'],
    buckets: requestSeconds,
  },
  upstreamEjections: {
    kind: 'counter',
    name: 'upstream_ejections',
    help: 'Endpoints of backends that were left out for a time because they failed',
    labels: ['backend', 'endpoint'],
  },
  upstreamHealthy: {
    kind: 'gauge',
    name: 'upstream_endpoint_healthy',
    help: '1 while an endpoint of a backend with a health policy gets requests, 0 while it is left out',
    labels: ['backend', 'endpoint'],
  },
  mcpRequests: {
    kind: 'counter',
    name: 'mcp_requests',
    help: 'MCP requests, by method and by the tool, prompt or resource called',
    labels: [...route, 'method', 'resource_type', 'server', 'resource'],
    custom: true,
  },
  mcpLimits: {
    kind: 'counter',
    name: 'mcp_limit_rejections',
    help: 'MCP requests refused, ended or left incomplete by a limit: message_size, message_depth, server_message_size, server_message_depth, pages, items, slow_target, calls_per_session, calls_per_target, call_idle, call_timeout, parked_calls, listen_streams, processes, sessions, subscriptions, listeners, clients',
    labels: [...route, 'limit'],
  },
  mcpSessions: {
    kind: 'gauge',
    name: 'mcp_sessions',
    help: 'Sessions of MCP clients',
    labels: ['backend'],
  },
  mcpParkedCalls: {
    kind: 'gauge',
    name: 'mcp_parked_calls',
    help: 'Calls of MCP clients without sessions that wait for answers of their clients',
    labels: ['backend'],
  },
  mcpProcesses: {
    kind: 'gauge',
    name: 'mcp_processes',
    help: 'Processes of stdio MCP servers that run',
    labels: ['server'],
  },
  genAiTokenUsage: {
    kind: 'histogram',
    name: 'gen_ai_client_token_usage',
    help: 'Tokens used per request; gen_ai_token_type is input, output, or a part of them: cached_input, cache_creation_input, reasoning, input_audio, input_image, output_audio, output_image',
    labels: [...genAi, 'gen_ai_token_type'],
    custom: true,
    buckets: tokenCounts,
  },
  genAiRequestDuration: {
    kind: 'histogram',
    name: 'gen_ai_server_request_duration',
    help: 'Seconds from an LLM request to the end of its answer',
    labels: genAi,
    custom: true,
    buckets: genAiRequestSeconds,
  },
  genAiTimeToFirstToken: {
    kind: 'histogram',
    name: 'gen_ai_server_time_to_first_token',
    help: 'Seconds from an LLM request to the first token of its streamed answer',
    labels: genAi,
    custom: true,
    buckets: firstTokenSeconds,
  },
  genAiTimePerOutputToken: {
    kind: 'histogram',
    name: 'gen_ai_server_time_per_output_token',
    help: 'Seconds per output token after the first',
    labels: genAi,
    custom: true,
    buckets: outputTokenSeconds,
  },
  policyExpressionErrors: {
    kind: 'counter',
    name: 'policy_expression_errors',
    help: 'Rules and other expressions of policies that could not be evaluated; such a rule never lets a request pass',
    labels: ['policy'],
  },
  policyServiceCalls: {
    kind: 'counter',
    name: 'policy_service_calls',
    help: 'Questions of policies to their services; outcome is ok, failed, or cached for one that was not asked again',
    labels: ['policy', 'outcome'],
  },
  limitRejections: {
    kind: 'counter',
    name: 'limit_rejections',
    help: 'Connections and requests refused because a limit was reached',
    labels: ['bind', 'limit'],
  },
  accessLogDropped: {
    kind: 'counter',
    name: 'access_log_dropped_lines',
    help: 'Access log lines lost because the reader was too slow or gone',
    labels: [],
  },
  workersRestarted: {
    kind: 'counter',
    name: 'workers_restarted',
    help: 'Worker threads that ended without being told to and were replaced',
    labels: [],
  },
  configSynchronized: {
    kind: 'gauge',
    name: 'config_synchronized',
    help: '1 while the running configuration is the one in the file, 0 after a reload that failed',
    labels: [],
  },
  build: {
    kind: 'gauge',
    name: 'build_info',
    help: 'Always 1; the label names the running version',
    labels: ['tag'],
  },
};

/**
 * Registers every metric. Call it once in each thread with the same arguments.
 * @param custom Names of `config.metrics.fields.add`, put after the labels of every row marked `custom`, in this order.
 *   What Prometheus forbids in a name becomes `_`; a name that the row has already gets `custom_` in front.
 */
export function createMetrics(registry: MetricRegistry, custom: readonly string[] = []): Metrics {
  const families: Partial<Record<keyof Metrics, CounterFamily | GaugeFamily | HistogramFamily>> = {};
  for (const [key, row] of Object.entries(metricTable) as [keyof Metrics, MetricRow][]) {
    const labels = row.custom === true ? withCustom(row.labels, custom) : row.labels;
    families[key] =
      row.kind === 'histogram'
        ? registry.histogram(row.name, row.help, labels, row.buckets ?? [])
        : registry[row.kind](row.name, row.help, labels);
  }
  return families as Metrics;
}

function withCustom(labels: readonly string[], custom: readonly string[]): readonly string[] {
  const all = [...labels];
  for (const name of custom) {
    let label = name.replace(/[^a-zA-Z0-9_]/g, '_');
    while (label === 'le' || !/^(?!__)[a-zA-Z_]/.test(label) || all.includes(label)) label = `custom_${label}`;
    all.push(label);
  }
  return all;
}
