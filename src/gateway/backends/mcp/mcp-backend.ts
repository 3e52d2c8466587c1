import { GatewayError } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import { McpEndpoint, type McpEndpointOptions } from '../../../mcp/endpoint.ts';
import type { McpHttpRequest, McpSink } from '../../../mcp/http.ts';
import { mcpLimits } from '../../../mcp/limits.ts';
import type { McpRecord } from '../../../mcp/record.ts';
import { streamableTransport } from '../../../mcp/transports/http/streamable.ts';
import type { Guardian } from '../../../mcp/transports/stdio/guardian.ts';
import { stdioTransport } from '../../../mcp/transports/stdio/stdio.ts';
import { sseTransport } from '../../../mcp/transports/sse/sse.ts';
import { SseEndpoint } from '../../../mcp/transports/sse/sse-endpoint.ts';
import { View } from '../../../mcp/virtual/view.ts';
import { TargetError, type TransportFactory } from '../../../mcp/transports/transport.ts';
import type { McpBackend, McpHttpTarget, McpTarget, McpVirtualServer } from '../../../model/mcp.ts';
import type { HttpCall } from '../../../net/http/call.ts';
import type { HeaderList } from '../../../net/http/headers.ts';
import manifest from '../../../../package.json' with { type: 'json' };
import { isLoopbackRequest } from '../../accept/loopback.ts';
import type { Exchange } from '../../exchange.ts';
import type { CompiledBackend } from '../backend.ts';

/** What MCP backends need of the worker that they run in. */
export interface McpWorkerPorts {
  /** Null: stdio targets cannot start, and say so. */
  readonly guardian: Guardian | null;
  readonly workerId: number;
  /** 32 bytes, the same in all workers: seals session ids. */
  readonly sealKey: Uint8Array;
  /** Passes the exchange on to the worker that owns its session. */
  relayToPeer(x: Exchange, worker: number, backendKey: string): void;
}

/** The same with what one backend needs. */
export interface McpBackendPorts extends McpWorkerPorts {
  readonly log: Logger;
  readonly sessionTtlMs: number;
  /** The call port of an HTTP target; asked for once. */
  call(target: McpHttpTarget): HttpCall;
}

type McpEndpointTarget = McpEndpointOptions['targets'][number];

/** Compiles an MCP backend. It holds sessions, so one instance should live as long as its configuration is the same. */
export function createMcpBackend(key: string, spec: McpBackend, ports: McpBackendPorts): CompiledBackend {
  const targets = spec.targets.map((target) => ({ name: target.name, connect: transportOf(target, ports) }));
  const main = createEndpoints(key, spec, ports, targets, null);
  const virtual = new Map(
    spec.virtualServers.map((server) => [
      server.path,
      createEndpoints(`${key}#${server.path}`, spec, ports, targets, server),
    ]),
  );
  const all = [main, ...virtual.values()];
  return {
    key,
    name: spec.name,
    protocol: 'mcp',
    errorShape: 'jsonrpc',
    handle(x) {
      if (spec.dnsRebindingProtection && !isLoopbackRequest(x.request)) throw new GatewayError('originNotAllowed');
      const { path, query } = x.request;
      const { endpoint, sse } = virtual.get(path.replace(/\/sse$/, '')) ?? virtual.get(path) ?? main;
      const request = new ExchangeRequest(x, key, ports);
      return sse.takes(request, path, query) ? sse.handle(request, query) : endpoint.handle(request);
    },
    drain() {
      for (const { endpoint, sse } of all) {
        sse.close();
        endpoint.drain();
      }
    },
    close() {
      for (const { endpoint, sse } of all) {
        sse.close();
        endpoint.close();
      }
    },
  };
}

/** What answers on one path. */
interface Endpoints {
  readonly endpoint: McpEndpoint;
  /** The same for clients of the older transport. */
  readonly sse: SseEndpoint;
}

/** The endpoints of all targets, or of a virtual server. */
function createEndpoints(
  key: string,
  spec: McpBackend,
  ports: McpBackendPorts,
  targets: readonly McpEndpointTarget[],
  server: McpVirtualServer | null,
): Endpoints {
  const chosen = server?.targets ?? targets.map((_, i) => i);
  const own = chosen.flatMap((index) => targets[index] ?? []);
  const allStdio = chosen.every((index) => spec.targets[index]?.kind === 'stdio');
  const { workerId, sealKey, log } = ports;
  const maxSessions = allStdio ? mcpLimits.maxStdioSessions : mcpLimits.maxSessions;
  const endpoint = new McpEndpoint({
    key,
    targets: own,
    stateful: spec.sessions === 'stateful',
    naming: {
      prefixMode: spec.prefixMode,
      targets: own.map((target) => target.name),
      maxNameLength: spec.maxNameLength,
      aliases: chosen.map((index) => spec.aliases[index] ?? new Map<string, string>()),
    },
    view: server === null ? null : new View(server),
    search: server?.search === true,
    pageSize: spec.pageSize,
    limits: spec.limits,
    failOpen: spec.failureMode === 'failOpen',
    workerId,
    sealKey,
    sessionTtlMs: ports.sessionTtlMs,
    maxSessions,
    self: { name: 'waygate', version: manifest.version },
    log,
  });
  return {
    endpoint,
    sse: new SseEndpoint(endpoint, {
      key,
      workerId,
      sealKey,
      maxStreams: maxSessions,
      maxMessageBytes: spec.limits.maxMessageBytes,
      log,
    }),
  };
}

function transportOf(target: McpTarget, ports: McpBackendPorts): TransportFactory {
  if (target.kind !== 'stdio') {
    const call = ports.call(target);
    if (target.kind === 'sse') return sseTransport({ name: target.name, path: target.path, call, log: ports.log });
    return streamableTransport({ name: target.name, path: target.path, call: () => call, log: ports.log });
  }
  const { guardian, workerId, log } = ports;
  if (guardian === null) {
    return () => {
      throw new TargetError('cannot be started: there is no guardian for child processes');
    };
  }
  return stdioTransport(target, { guardian, worker: workerId, log });
}

/** An exchange as the endpoint sees it. */
class ExchangeRequest implements McpHttpRequest {
  readonly #exchange: Exchange;
  readonly #key: string;
  readonly #ports: McpWorkerPorts;
  readonly method: string;
  readonly authority: string;
  readonly headers: HeaderList;
  readonly fromPeer: boolean;

  constructor(exchange: Exchange, key: string, ports: McpWorkerPorts) {
    this.#exchange = exchange;
    this.#key = key;
    this.#ports = ports;
    this.method = exchange.request.method;
    this.authority = exchange.request.authority;
    this.headers = exchange.request.headers;
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
