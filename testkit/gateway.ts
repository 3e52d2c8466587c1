import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadProbe } from '../src/base/load-probe.ts';
import { Logger } from '../src/base/logger.ts';
import { loadModel } from '../src/config/source.ts';
import { DataPlane } from '../src/gateway/data-plane.ts';
import { limitNames } from '../src/gateway/limits.ts';
import type { TraceEvent } from '../src/gateway/trace/watch.ts';
import { SharedSessions } from '../src/gateway/workers/shared-sessions.ts';
import { sessionPorts } from '../src/mcp/session/session-ports.ts';
import type { Model } from '../src/model/model.ts';
import type { Lookup } from '../src/net/upstream/lookup.ts';
import { TicketKeys } from '../src/net/tls/tickets.ts';
import { AccessLogWriter } from '../src/telemetry/access-log/writer.ts';
import { createMetrics } from '../src/telemetry/metrics/names.ts';
import { MetricRegistry, metricPrefix } from '../src/telemetry/metrics/registry.ts';
import { MetricsView } from '../src/telemetry/metrics/view.ts';
import { SharedCounters } from '../src/telemetry/shared/counters.ts';
import { SharedCell } from '../src/telemetry/shared/cell.ts';
import { SharedLimit } from '../src/telemetry/shared/limit.ts';
import { eventually } from './client.ts';
import { SharedNames } from '../src/mcp/federation/names/shared-names.ts';
import { freePorts } from './free-ports.ts';

/** A configuration, and further variables that it names. */
export type GatewaySource = string | { readonly yaml: string; readonly env?: Readonly<Record<string, string>> };

/** A line of the access log; absent fields are left out. */
export type LogLine = Readonly<Record<string, unknown>>;

/** A data plane in this process, with what a worker has around it. */
export interface TestGateway extends AsyncDisposable {
  /** The configuration's `$PORT`. */
  readonly port: number;
  /** `$PORT`, `$PORT1`, `$PORT2` … */
  readonly ports: readonly number[];
  readonly plane: DataPlane;
  /** Lines of the diagnostic log. */
  readonly diagnostics: readonly string[];
  /** Steps of requests that the plane was told to watch. */
  readonly traced: readonly TraceEvent[];
  /** Serves another configuration. Rejects, with nothing changed, when it cannot be loaded or compiled. */
  reload(source: GatewaySource): Promise<void>;
  /** Waits until there are `count` access log lines; fails when there are more. */
  lines(count: number): Promise<readonly LogLine[]>;
  /** The access log as written. */
  rawLog(): Promise<string>;
  /** Sum of the series of a counter or gauge (name of its property in `Metrics` table, without prefix) with these labels. */
  metric(name: string, labels?: Readonly<Record<string, string>>): number;
  /** Observations of a histogram with these labels. */
  observations(name: string, labels?: Readonly<Record<string, string>>): number;
  close(): Promise<void>;
}

const portCount = 6;

/** Loads `source` and serves it on free loopback ports with one worker. */
export async function startGateway(
  source: GatewaySource,
  loadProbe?: () => LoadProbe,
  lookup?: Lookup,
): Promise<TestGateway> {
  const ports = await freePorts(portCount);
  const folder = mkdtempSync(join(tmpdir(), 'waygate-testkit-'));
  const logFile = join(folder, 'access.log');
  const fd = openSync(logFile, 'a');
  const diagnostics: string[] = [];
  const traced: TraceEvent[] = [];
  const registry = new MetricRegistry();
  const view = new MetricsView();
  const events = view.source();
  registry.onSeries((event) => events.accept(event));
  const accessLog = new AccessLogWriter(fd, { flushMs: 5 });
  const counters = new SharedCounters(1);
  const plane = new DataPlane({
    workerId: 0,
    workerCount: 1,
    reusePort: false,
    ...(loadProbe === undefined ? {} : { loadProbe }),
    ...(lookup === undefined ? {} : { lookup }),
    log: new Logger((line) => diagnostics.push(line), 'debug'),
    metrics: createMetrics(registry, []),
    accessLog,
    limit: (name, maximum) => new SharedLimit(counters.slot(name), 0, maximum),
    cell: (name) => new SharedCell(counters.slot(name)),
    area: (name, bytes) => ({ buffer: counters.area(name, bytes), worker: 0, workers: 1 }),
    ticketKeys: new TicketKeys(new Uint8Array(32)),
    onTraced: (_watch, event) => void traced.push(event),
    peerSocket: (worker) => join(folder, `${worker}.sock`),
    mcp: {
      guardian: null,
      names: new SharedNames(SharedNames.makeBuffer()),
      sessionPorts: sessionPorts(new SharedSessions(1, [Buffer.alloc(32, 7)]).seed(0)),
    },
  });

  const rawLog = async (): Promise<string> => {
    await accessLog.flush();
    return readFileSync(logFile, 'utf8');
  };
  const parsed = async (): Promise<LogLine[]> =>
    (await rawLog())
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LogLine);
  const reload = async (next: GatewaySource): Promise<void> => {
    const model = await load(next, ports, folder);
    for (const name of limitNames(model)) counters.slot(name);
    plane.commit(await plane.prepare(model));
  };
  const close = async (): Promise<void> => {
    // What is still open must be recorded before the log is closed.
    await plane.drain(0, 0);
    plane.close();
    await accessLog.flush();
    closeSync(fd);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await reload(source);
  } catch (error) {
    await close();
    throw error;
  }
  const sum = (
    name: string,
    labels: Readonly<Record<string, string>>,
    cell: (cells: Float64Array) => number,
  ): number => {
    const family = view.snapshot().find(({ definition }) => definition.name === metricPrefix + name);
    if (family === undefined) return 0;
    const wanted = Object.entries(labels).map(([label, value]) => {
      const at = family.definition.labelNames.indexOf(label);
      if (at < 0) throw new Error(`${name} has no label ${label}`);
      return [at, value] as const;
    });
    return family.series
      .filter(({ values }) => wanted.every(([at, value]) => values[at] === value))
      .reduce((total, { cells }) => total + cell(cells), 0);
  };
  return {
    port: ports[0] as number,
    ports,
    plane,
    diagnostics,
    traced,
    reload,
    rawLog,
    async lines(count) {
      let lines = await parsed();
      await eventually(async () => (lines = await parsed()).length >= count, `access log line ${count}`);
      if (lines.length > count) throw new Error(`${lines.length} access log lines instead of ${count}`);
      return lines;
    },
    metric: (name, labels = {}) => sum(name, labels, (cells) => cells[0] ?? 0),
    observations: (name, labels = {}) =>
      sum(name, labels, (cells) => cells.subarray(0, -1).reduce((count, n) => count + n, 0)),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The model of a configuration, with JSON access log lines. */
async function load(source: GatewaySource, ports: readonly number[], folder: string): Promise<Model> {
  const { yaml, env = {} } = typeof source === 'string' ? { yaml: source } : source;
  const named = Object.fromEntries(ports.map((port, i) => [i === 0 ? 'PORT' : `PORT${i}`, String(port)]));
  const loaded = await loadModel({
    kind: 'inline',
    text: yaml,
    name: 'test',
    folder,
    env: { ...named, ...env },
  });
  if (!loaded.ok) throw new Error(loaded.errors);
  const { process: settings } = loaded.model;
  return { ...loaded.model, process: { ...settings, logging: { ...settings.logging, format: 'json' } } };
}
