import {
  type Cleanup,
  configFile,
  processPorts,
  processSection,
  program,
  startWaygate,
  type Waygate,
} from '../process/waygate-process.ts';

/** A gateway with an `mcp` section. */
export interface McpGateway {
  readonly waygate: Waygate;
  /** The process that children descend from. */
  readonly pid: number;
  readonly url: URL;
  /** Connections that clients have made so far, by the gateway's own count. */
  connections(): Promise<number>;
  /** The sum of all series of a metric whose line has this text. */
  metric(name: string, text?: string): Promise<number>;
}

/** What a gateway may have besides targets. */
export interface McpGatewayOptions {
  readonly workers?: number;
  /** More of the `mcp` section: YAML lines, the second and later ones with the indentation of the first, two. */
  readonly section?: string;
  /** `prefixMode`; null: what `section` says. Default `onClash`. */
  readonly prefixMode?: string | null;
  /** Other sections of the file, at its margin. */
  readonly sections?: string;
  /** Port of an inspector of the main thread, which is all of the data plane where there is one worker. */
  readonly inspector?: number;
}

/** Starts a gateway, of four workers unless told otherwise, with these YAML lines under `mcp.targets`. */
export async function startMcpGateway(
  t: Cleanup,
  targets: string,
  env: Readonly<Record<string, string>> = {},
  { workers = 4, section = '', prefixMode = 'onClash', sections = '', inspector }: McpGatewayOptions = {},
): Promise<McpGateway> {
  const ports = await processPorts();
  const file = configFile(
    t,
    `${processSection(ports, workers)}
${sections}
gateways:
  default: { port: ${ports.data}, address: ["127.0.0.1"] }
mcp:
  ${prefixMode === null ? '' : `prefixMode: ${prefixMode}`}
  ${section}
  targets:
  ${targets.trim().replaceAll('\n', '\n  ')}
`,
  );
  const command =
    inspector === undefined
      ? {}
      : { command: [process.execPath, `--inspect=127.0.0.1:${inspector}`, program] as const };
  const waygate = startWaygate(t, { args: ['-f', file], env, ...command });
  await waygate.says('ready');
  const metric = async (name: string, text = ''): Promise<number> => {
    const page = await (await fetch(`http://127.0.0.1:${ports.stats}/metrics`)).text();
    const lines = page.split('\n').filter((line) => line.startsWith(`agentgateway_${name}{`) && line.includes(text));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  };
  return {
    waygate,
    pid: waygate.child.pid ?? 0,
    url: new URL(`http://127.0.0.1:${ports.data}/mcp`),
    connections: () => metric('downstream_connections_total'),
    metric,
  };
}

/** A `fetch` that opens a new connection for each request, and counts them. */
export function connectionPerRequest(): { readonly fetch: typeof fetch; readonly count: () => number } {
  let count = 0;
  return {
    fetch(input, init) {
      count++;
      const headers = new Headers(init?.headers);
      headers.set('connection', 'close');
      return fetch(input, { ...init, headers });
    },
    count: () => count,
  };
}
