import type { LoadRequest, LoadResult } from '../lib/wrk.ts';

/** Where a scenario's servers listen. */
export interface Ports {
  readonly upstream: number;
  readonly nginx: number;
  readonly http: number;
  readonly llm: number;
  readonly mcp: number;
  /** The same servers, whose lists are good for one answer only. */
  readonly mcpCold: number;
  /** The first server over TLS, of the gateway and of nginx. */
  readonly https: number;
  readonly nginxTls: number;
  /** An upstream of HTTP/2, and the gateway before it. */
  readonly http2Upstream: number;
  readonly http2: number;
  /** nginx for HTTP/2 before the first upstream, and with `grpc_pass` before the second. */
  readonly nginxHttp2: number;
  readonly nginxGrpc: number;
  /** The first server with policies, by host name. */
  readonly policies: number;
  /** A TCP route to the first upstream, and nginx's stream module before it. */
  readonly tcp: number;
  readonly nginxTcp: number;
}

/** What is measured: a request, sent to nginx and to the gateway in turn. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly connections: number;
  /** The gateway's listener. */
  readonly port: (ports: Ports) => number;
  /** The request to the gateway; made once before its runs (a session may have to be opened). */
  readonly request: (ports: Ports) => LoadRequest | Promise<LoadRequest>;
  /** The request to nginx, which only proxies. */
  readonly yardstick: LoadRequest;
  /** Another one of nginx's ports. */
  readonly nginxPort?: (ports: Ports) => number;
  /** Makes the load in place of wrk. */
  readonly load?: (
    port: number,
    options: { seconds: number; connections: number; core: number },
  ) => Promise<LoadResult>;
  /** What the budget says. */
  readonly budget: string;
  /** Also measured at half of what the gateway can take. */
  readonly atHalf?: boolean;
}
