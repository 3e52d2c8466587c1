import { sleep } from '../../base/clock.ts';
import type { Logger, LogLevel } from '../../base/logger.ts';
import { randomKey } from '../../base/random.ts';
import type { WorkerLink } from '../../gateway/workers/link.ts';
import { LocalLink } from '../../gateway/workers/local-link.ts';
import type { Slots, WorkerSeed } from '../../gateway/workers/messages.ts';
import { SlotKeeper } from '../../gateway/workers/slot-keeper.ts';
import { SharedSessions } from '../../gateway/workers/shared-sessions.ts';
import { probePorts } from '../../gateway/workers/port-probe.ts';
import type { TraceSink } from '../../gateway/trace/watch.ts';
import { Supervisor } from '../../gateway/workers/supervisor.ts';
import { mcpCountPrefix } from '../../gateway/backends/mcp/shared-counts.ts';
import { areaPrefix, limitAreas, limitNames } from '../../gateway/limits.ts';
import { SharedNames } from '../../mcp/federation/names/shared-names.ts';
import { createGuardian, type GuardianProcess } from '../../mcp/transports/stdio/guardian.ts';
import type { Model } from '../../model/model.ts';
import { divide, InheritedSockets, type InheritedSet, type ListeningSocket } from '../../net/inherited-sockets.ts';
import { SharedCounters } from '../../telemetry/shared/counters.ts';
import { FleetSessions } from './fleet-sessions.ts';
import { SessionKeys } from './session-keys.ts';
import { stateFolder } from './state-folder.ts';
import { metricChoices, type TelemetryHub } from './telemetry-hub.ts';
import { TraceWatches } from './trace-watches.ts';
import { workerEntry } from './worker-module.ts';

/** The guardian ends children within a second: a signal that can be ignored, then one that cannot. */
const longestGuardianMs = 1500;

/** What {@link createGateway} needs. */
export interface GatewayPorts {
  readonly log: Logger;
  /** Takes finished log lines of the workers. */
  readonly line: (line: string) => void;
  readonly hub: TelemetryHub;
  /** Sockets for the workers that are there already. */
  readonly inherited: readonly ListeningSocket[];
  /** Of the process whose place this one takes; absent: there is none. */
  readonly ticketSecret?: Uint8Array;
  /** A directory that only this process uses. */
  readonly privateFolder: string;
}

/** The workers of this process and what they share. */
export interface Gateway {
  readonly supervisor: Supervisor;
  readonly counters: SharedCounters;
  /** From which the keys of TLS session tickets follow. */
  readonly ticketSecret: Uint8Array;
  /** Who watches live requests. */
  readonly traces: TraceWatches;
  /** Makes all workers serve another model, as {@link Supervisor.apply} does. */
  apply(next: Model): Promise<void>;
  /** Loads what starting workers needs, so that it is done before anything listens. */
  loadCode(): Promise<void>;
  logLevel(): LogLevel;
  /** Changes the level of the diagnostic log, here and in every worker, also in those to come. */
  setLogLevel(level: LogLevel): void;
  /** Ends what outlives the workers: the children that the guardian still knows, and the guardian. */
  close(): Promise<void>;
}

/** Makes the supervisor for `model`'s process settings; nothing runs until it is started. */
export function createGateway(model: Model, ports: GatewayPorts): Gateway {
  const workers = workerCount(model, ports.log);
  const counters = new SharedCounters(workers);
  const guardian = startGuardian(ports.log);
  const keys = new SessionKeys(model.process, { folder: stateFolder(process.env), log: ports.log });
  const sessions = new SharedSessions(workers, keys.current);
  const useKeys = (next: Model): void => keys.use(next, (changed) => sessions.rotate(changed));
  useKeys(model);
  const fleet = model.process.sessionStore === undefined ? null : new FleetSessions(sessions.ended, ports.log);
  if (model.process.sessionStore !== undefined) fleet?.connect(model.process.sessionStore);
  const traces = new TraceWatches((watches) => supervisor.trace(watches));
  const onTraced: TraceSink = (watch, event) => traces.take(watch, event);
  const onSessionDeleted = (mark: bigint, expires: number): void => fleet?.deleted(mark, expires);
  let level: LogLevel = model.process.logging.level;
  const keeper = new SlotKeeper(counters, (name) => name.startsWith(mcpCountPrefix) || name.startsWith(areaPrefix));
  const slots = (next: Model): Slots => keeper.slotsFor(limitNames(next), limitAreas(next, workers));
  const mcpNames = SharedNames.makeBuffer();
  const ticketSecret = ports.ticketSecret ?? randomKey(32);
  // Of the first worker in each place: those that replace it open their own, as descriptors end with their thread.
  const shares: (InheritedSet | null)[] = divide(ports.inherited, workers);
  const inherit = (workerId: number): InheritedSet | null => {
    const share = shares[workerId] ?? null;
    shares[workerId] = null;
    return ports.inherited.length === 0 ? null : share;
  };
  let covered: InheritedSockets | undefined = new InheritedSockets({ sockets: [], covered: ports.inherited });
  const seed = (workerId: number): WorkerSeed => ({
    mcpNames,
    workerId,
    workerCount: workers,
    // With one worker, too: a successor may have more.
    reusePort: process.platform === 'linux',
    inherited: inherit(workerId),
    peerDirectory: ports.privateFolder,
    sessions: sessions.seed(workerId),
    ticketSecret,
    guardianFd: guardian?.fd ?? null,
    log: { level, format: model.process.logging.format },
    metrics: metricChoices(model.process),
  });
  const supervisor = new Supervisor({
    workers,
    startWorker: (workerId) =>
      workers === 1
        ? startLocal(seed(workerId), counters, { onSessionDeleted, onTraced }, ports)
        : startThreadWorker(seed(workerId), slots, { onSessionDeleted, onTraced }, ports),
    probe: (binds) => {
      const atStart = covered;
      covered = undefined;
      return probePorts(binds, atStart);
    },
    workerLost: (workerId) => {
      counters.reclaim(workerId);
      sessions.lost(workerId);
      guardian?.lostWorker(workerId);
      ports.hub.own.workersRestarted.with().add();
    },
    log: ports.log,
  });
  return {
    supervisor,
    counters,
    ticketSecret,
    traces,
    apply: (next) => {
      useKeys(next);
      return supervisor.apply(next);
    },
    loadCode: async () => void (await (workers === 1 ? localModule() : threadModule())),
    logLevel: () => level,
    setLogLevel: (next) => {
      level = next;
      ports.log.setLevel(next);
      supervisor.setLogLevel(next);
    },
    close: async () => {
      keys.close();
      await fleet?.close();
      guardian?.close();
      if (guardian !== undefined) await processEnd(guardian.pid);
    },
  };
}

/** What workers say of their own accord, beside metrics and log lines. */
interface WorkerNews {
  readonly onSessionDeleted: (mark: bigint, expires: number) => void;
  readonly onTraced: TraceSink;
}

// One process needs one of the two.
const localModule = () => import('../../gateway/workers/worker-plane.ts');
const threadModule = () => import('../../gateway/workers/thread-link.ts');

async function startLocal(
  seed: WorkerSeed,
  counters: SharedCounters,
  news: WorkerNews,
  { hub, log }: GatewayPorts,
): Promise<WorkerLink> {
  const { makeWorkerPlane } = await localModule();
  const metrics = hub.worker();
  const onMetric = metrics.accept.bind(metrics);
  return new LocalLink(makeWorkerPlane({ seed, log, slots: counters, onMetric, ...news }), log);
}

async function startThreadWorker(
  seed: WorkerSeed,
  slots: (model: Model) => Slots,
  { onSessionDeleted, onTraced }: WorkerNews,
  { hub, line }: GatewayPorts,
): Promise<WorkerLink> {
  const { startThread } = await threadModule();
  const metrics = hub.worker();
  const owner = {
    line,
    metric: metrics.accept.bind(metrics),
    slots,
    sessionDeleted: onSessionDeleted,
    traced: onTraced,
  };
  const link = await startThread(workerEntry(), seed, owner);
  void link.died.then(() => metrics.retire());
  return link;
}

/** Ports are shared between workers by SO_REUSEPORT, which only Linux spreads connections over. */
function workerCount({ process: { workers } }: Model, log: Logger): number {
  if (workers === 1 || process.platform === 'linux') return workers;
  log.warn('several workers need Linux; one runs', { workers });
  return 1;
}

function startGuardian(log: Logger): GuardianProcess | undefined {
  try {
    return createGuardian(() =>
      log.error('the guardian of child processes ended; stdio targets cannot start any more'),
    );
  } catch (error) {
    log.warn('no guardian for child processes; stdio targets cannot start', { error: (error as Error).message });
    return undefined;
  }
}

/** Resolves when the child process `pid` has ended, at the latest after the time that its own children have to end. */
async function processEnd(pid: number): Promise<void> {
  const stepMs = 10;
  for (let waitedMs = 0; waitedMs < longestGuardianMs; waitedMs += stepMs) {
    try {
      process.kill(pid, 0);
    } catch {
      return; // there is no such process any more
    }
    await sleep(stepMs);
  }
}
