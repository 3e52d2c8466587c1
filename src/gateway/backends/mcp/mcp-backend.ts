import { GatewayError } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import { McpEndpoint, type McpEndpointTarget } from '../../../mcp/endpoint.ts';
import type { McpAccess } from '../../../mcp/access.ts';
import type { McpHttpRequest, McpSink } from '../../../mcp/http.ts';
import type { McpRecord } from '../../../mcp/record.ts';
import { SessionPlaces } from '../../../mcp/session/session-places.ts';
import type { SessionPorts } from '../../../mcp/session/session-ports.ts';
import { streamableTransport } from '../../../mcp/transports/http/streamable.ts';
import type { Guardian } from '../../../mcp/transports/stdio/guardian.ts';
import { sseTransport } from '../../../mcp/transports/sse/sse.ts';
import { SseEndpoint } from '../../../mcp/transports/sse/sse-endpoint.ts';
import type { SharedNames } from '../../../mcp/federation/names/shared-names.ts';
import { View } from '../../../mcp/virtual/view.ts';
import type { TransportFactory } from '../../../mcp/transports/transport.ts';
import type { McpBackend, McpHttpTarget, McpLimits, McpTarget, McpVirtualServer } from '../../../model/mcp.ts';
import type { Expression } from '../../../model/model.ts';
import type { CredentialLocation } from '../../../model/policy.ts';
import type { HttpCall } from '../../../net/http/call.ts';
import type { HeaderList } from '../../../net/http/headers.ts';
import type { Metrics } from '../../../telemetry/metrics/names.ts';
import type { SharedLimit } from '../../../telemetry/shared/limit.ts';
import manifest from '../../../../package.json' with { type: 'json' };
import type { Exchange } from '../../exchange.ts';
import type { CompiledBackend } from '../backend.ts';
import type { AccessRules } from './access.ts';
import { principalOf } from './principal.ts';
import { fieldsWithCredential, isBearerPlace } from '../../policies/backend-auth/client-credentials.ts';
import { forwardRule } from './forward-rule.ts';
import { originGuard } from './guard.ts';
import { Selections, type SelectionServer } from './selections.ts';
import { mostSessions, openMcpCounts, type McpCounts } from './shared-counts.ts';
import { StdioTargets, type StdioPorts } from './stdio-targets.ts';
import { VirtualPaths } from './virtual-paths.ts';

/** What MCP backends need of the worker that they run in. */
export interface McpWorkerPorts {
  /** Who has which name, in all workers. */
  readonly names: SharedNames;
  /** Null: stdio targets cannot start, and say so. */
  readonly guardian: Guardian | null;
  readonly workerId: number;
  readonly sessionPorts: SessionPorts;
  /** Passes the exchange on to the worker that owns its session. */
  relayToPeer(x: Exchange, worker: number, backendKey: string): void;
}

/** The same with what one backend needs. */
export interface McpBackendPorts extends McpWorkerPorts {
  readonly log: Logger;
  readonly metrics: StdioPorts['metrics'] & Pick<Metrics, 'mcpSessions' | 'mcpParkedCalls'>;
  readonly sessionTtlMs: number;
  /** The process-wide limit of a name of `mcpCountNames`. */
  limit(name: string, maximum: number): SharedLimit;
  /** The call port of an HTTP target; asked for once. */
  call(target: McpHttpTarget): HttpCall;
  /** Where clients have the credentials that the target is to get, or that others are made from for it. */
  passthrough(target: McpHttpTarget): readonly CredentialLocation[];
  condition(source: Expression): (x: Exchange) => boolean;
  /** Null: every client may see and use everything. */
  readonly access: AccessRules | null;
}

/** Compiles an MCP backend. It holds sessions, so one instance should live as long as its configuration is the same. */
export function createMcpBackend(key: string, spec: McpBackend, ports: McpBackendPorts): CompiledBackend {
  const opened = openMcpCounts(spec, (name, maximum) => ports.limit(name, maximum));
  const places = new SessionPlaces(opened.sessions, key, ports.sessionPorts);
  const counts: EndpointCounts = { ...opened, sessions: places };
  const stdio = new StdioTargets(spec, opened.processes, ports, self);
  const targets = spec.targets.map((target): McpEndpointTarget => {
    const forward = target.kind === 'stdio' ? null : forwardRule(target, ports.passthrough(target));
    return {
      name: target.name,
      connect: transportOf(target, spec.limits, ports, stdio),
      ...(forward === null ? {} : { forward }),
    };
  });
  const restores = spec.targets.some(
    (target) => target.kind !== 'stdio' && ports.passthrough(target).some(isBearerPlace),
  );
  const guard = originGuard(spec);
  const main = createEndpoints(key, spec, ports, targets, counts, null, '');
  const virtual = spec.virtualServers.map(
    (server) =>
      new Selections(server, ports.condition, (selected, selection) =>
        createEndpoints(key, spec, ports, targets, counts, selected, selection),
      ),
  );
  const paths = new VirtualPaths(virtual.map((value) => ({ path: value.path, value })));
  const all = (): Endpoints[] => [main, ...virtual.flatMap((server) => [...server.all()])];
  stdio.onKept = (target) => {
    for (const { endpoint } of all()) {
      endpoint.preview(target).catch((error: unknown) => {
        ports.log.debug('mcp: names were not looked at', { target, error: String(error) });
      });
    }
  };
  return {
    key,
    name: spec.name,
    protocol: 'mcp',
    ...(ports.access?.perCaller === true ? { authorizes: true } : {}),
    errorShape: 'jsonrpc',
    handle(x) {
      guard(x);
      const { path, query } = x.request;
      const { endpoint, sse } = paths.find(path)?.of(x) ?? main;
      const request = new ExchangeRequest(x, key, ports, restores);
      return sse.takes(request, path, query) ? sse.handle(request, query) : endpoint.handle(request);
    },
    drain() {
      for (const endpoints of all()) endpoints.drain();
    },
    close() {
      for (const endpoints of all()) endpoints.close();
      places.close();
      stdio.close();
    },
  };
}

/** What the endpoints of a backend count together. */
type EndpointCounts = Omit<McpCounts, 'sessions'> & { readonly sessions: SessionPlaces };

/** What answers on one path. */
interface Endpoints extends SelectionServer {
  readonly endpoint: McpEndpoint;
  /** The same for clients of the older transport. */
  readonly sse: SseEndpoint;
}

/** The endpoints of all targets, or of a virtual server. @param selection What its conditions say; '': it has none. */
function createEndpoints(
  backendKey: string,
  spec: McpBackend,
  ports: McpBackendPorts,
  targets: readonly McpEndpointTarget[],
  counts: EndpointCounts,
  server: McpVirtualServer | null,
  selection: string,
): Endpoints {
  const key = server === null ? backendKey : `${backendKey}#${server.path}${selection}`;
  const chosen = server?.targets ?? targets.map((_, i) => i);
  const own = chosen.flatMap((index) => targets[index] ?? []);
  const { sessionPorts, log } = ports;
  const names = own.map((target) => target.name);
  const endpoint = new McpEndpoint({
    key,
    targets: own,
    stateful: spec.sessions === 'stateful',
    naming: {
      prefixMode: spec.prefixMode,
      targets: names,
      maxNameLength: spec.maxNameLength,
      aliases: chosen.map((index) => spec.aliases[index] ?? new Map<string, string>()),
      claims: ports.names.claims(`${backendKey} ${names.join()}`, names),
    },
    view: server === null ? null : new View(server),
    search: server?.search === true,
    perCaller: selection !== '' || ports.access?.perCaller === true,
    pageSize: spec.pageSize,
    listTtlMs: chosen.map((index) => spec.listTtlMs[index] ?? 0),
    limits: spec.limits,
    gauges: {
      sessions: ports.metrics.mcpSessions.with(spec.name),
      parked: ports.metrics.mcpParkedCalls.with(spec.name),
    },
    counts: { ...counts, calls: chosen.flatMap((index) => counts.calls[index] ?? []) },
    failOpen: spec.failureMode === 'failOpen',
    sessionPorts,
    sessionTtlMs: ports.sessionTtlMs,
    self,
    serverInfo: { ...self, ...server?.serverInfo },
    instructions: server?.instructions,
    log,
  });
  const sse = new SseEndpoint(endpoint, {
    key,
    sessionPorts,
    maxStreams: mostSessions(spec),
    maxMessageBytes: spec.limits.maxMessageBytes,
    log,
  });
  return {
    endpoint,
    sse,
    get idle() {
      return endpoint.idle && sse.streams === 0;
    },
    drain() {
      sse.close();
      endpoint.drain();
    },
    close() {
      sse.close();
      endpoint.close();
    },
  };
}

/** How the gateway names itself. */
const self = { name: 'waygate', version: manifest.version };

function transportOf(
  target: McpTarget,
  { maxServerMessageBytes: maxMessageBytes }: McpLimits,
  ports: McpBackendPorts,
  stdio: StdioTargets,
): TransportFactory {
  if (target.kind === 'stdio') return stdio.factory(target);
  const { log } = ports;
  const { name, path } = target;
  const call = ports.call(target);
  if (target.kind === 'sse') return sseTransport({ name, path, call, maxMessageBytes, log });
  return streamableTransport({ name, path, call: () => call, maxMessageBytes, log });
}

/** An exchange as the endpoint sees it. */
class ExchangeRequest implements McpHttpRequest {
  readonly #exchange: Exchange;
  readonly #key: string;
  readonly #ports: McpWorkerPorts;
  readonly method: string;
  readonly authority: string;
  readonly headers: HeaderList;
  readonly principal: string;
  readonly access: McpAccess | null;
  readonly clientAddress: string;
  readonly fromPeer: boolean;

  constructor(
    exchange: Exchange,
    key: string,
    ports: McpWorkerPorts & Pick<McpBackendPorts, 'access'>,
    restores: boolean,
  ) {
    this.#exchange = exchange;
    this.#key = key;
    this.#ports = ports;
    this.method = exchange.request.method;
    this.authority = exchange.request.authority;
    this.headers = restores ? fieldsWithCredential(exchange) : exchange.request.headers;
    this.principal = principalOf(exchange);
    this.access = ports.access?.of(exchange) ?? null;
    this.clientAddress = exchange.connection.remoteAddress;
    this.fromPeer = exchange.fromPeer;
  }

  readBody(maxBytes: number): Promise<Buffer> {
    return this.#exchange.readBody(maxBytes);
  }

  reply(status: number, headers: HeaderList, body: Uint8Array | string): void {
    this.#exchange.reply(status, headers, body);
  }

  openStream(status: number, headers: HeaderList): McpSink {
    return this.#exchange.openStream(status, headers);
  }

  fail(error: unknown): void {
    this.#exchange.fail(error);
  }

  relay(worker: number): void {
    if (worker === this.#ports.workerId) throw new GatewayError('internal', 'a session was relayed to its own worker');
    this.#ports.relayToPeer(this.#exchange, worker, this.#key);
  }

  onClose(fn: () => void): void {
    this.#exchange.onClose(fn);
  }

  setRecord(record: McpRecord): void {
    this.#exchange.record.mcp = record;
  }
}
