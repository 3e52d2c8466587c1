import { Logger } from '../../base/logger.ts';
import { loadModel, type ConfigSource } from '../../config/source.ts';
import { Reloader } from '../../config/reload/reloader.ts';
import { compactHeap, keepGarbageYoung } from '../../gateway/workers/compact-heap.ts';
import type { Model } from '../../model/model.ts';
import { CliError } from '../cli-error.ts';
import { packageVersion } from '../package-root.ts';
import { onStopRequests } from '../signals.ts';
import { standardInput, watchedFile } from './configuration.ts';
import { createGateway, type Gateway } from './gateway-process.ts';
import { inheritance, share, type Inheritance } from './inheritance.ts';
import { Restart } from './restart.ts';
import { startServers, type Servers } from './servers.ts';
import { shutDown } from './shutdown.ts';
import { TelemetryHub, metricChoices } from './telemetry-hub.ts';

/** A configuration that was loaded to be run. */
export interface LoadedConfiguration {
  readonly source: ConfigSource;
  readonly model: Model;
  /** Absolute paths of what was read. */
  readonly files: readonly string[];
  /** When the load began (Unix epoch). */
  readonly loadedAtMs: number;
}

/** Exit code after a second request to stop: as a shell reports a process that Ctrl-C ended. */
const interrupted = 130;

/**
 * Runs a gateway; resolves when it has been told to stop and has stopped.
 * @param folder A directory that only this process uses.
 * @param greeting Written to standard output once everything is served.
 * @throws CliError (1) when it cannot start.
 */
export async function runGateway(loaded: LoadedConfiguration, folder: string, greeting: string): Promise<void> {
  const settings = loaded.model.process;
  const line = (text: string): void => void process.stderr.write(`${text}\n`);
  const log = new Logger(line, settings.logging.level, settings.logging.format);
  failOnUncaught(log);
  const hub = new TelemetryHub(metricChoices(settings), packageVersion());
  const { sockets, predecessor } = await inherited();
  const shares = share(sockets, settings);
  const gateway = createGateway(loaded.model, {
    log,
    line,
    hub,
    privateFolder: folder,
    inherited: shares.workers,
    ...(predecessor === null ? {} : { ticketSecret: predecessor.ticketSecret }),
  });

  let state: 'starting' | 'ready' | 'draining' = 'starting';
  const main: { servers: Servers | null } = { servers: null };
  let succeeded = false;
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  const stop = (): void => {
    if (state === 'starting') process.exit(interrupted);
    if (state === 'draining') return;
    state = 'draining';
    if (!succeeded) restart.abandon();
    const steps = {
      drain: async (minimumMs: number, deadlineMs: number) => {
        // Who asks from now on is to ask the successor.
        if (succeeded) void main.servers?.close();
        await gateway.supervisor.drain(minimumMs, deadlineMs);
      },
      stop: async () => {
        await Promise.all([gateway.supervisor.stop(), main.servers?.close()]);
        await gateway.close();
      },
    };
    void shutDown(steps, settings, log).then(resolve);
  };
  onStopRequests((count) => (count > 1 ? process.exit(interrupted) : stop()), predecessor === null);
  const restart = new Restart({
    log,
    sockets: async () => [...(await gateway.supervisor.sockets()), ...(main.servers?.sockets ?? [])],
    ticketSecret: gateway.ticketSecret,
    input: loaded.source.kind === 'inline' && loaded.source.name === standardInput ? loaded.source.text : undefined,
    succeeded: () => {
      succeeded = true;
      stop();
    },
  });
  onRestartRequests(gateway, () => state === 'ready' && restart.request());
  try {
    // While a predecessor or a successor serves, the service is ready, whichever of the two is asked.
    const readiness = () => ({
      ready: state === 'ready' || succeeded || (state === 'starting' && predecessor !== null),
      reason: state,
    });
    const startAll = async (): Promise<void> => {
      main.servers = await startServers(settings, {
        gateway,
        hub,
        log,
        readiness,
        shutdown: stop,
        inherited: shares.servers,
      });
    };
    if (predecessor === null) await startAll();
    keepGarbageYoung();
    await gateway.loadCode();
    compactHeap();
    // Where a predecessor serves, nothing may take its connections that can still fail.
    await gateway.supervisor.start(loaded.model, predecessor === null ? undefined : startAll);
  } catch (error) {
    await main.servers?.close();
    await gateway.close();
    throw new CliError(1, `waygate: ${(error as Error).message}`);
  }
  state = 'ready';
  predecessor?.release();
  announce(gateway, log);
  process.stdout.write(greeting);
  await watchConfiguration(loaded, gateway, hub, log);
  await stopped;
}

function failOnUncaught(log: Logger): void {
  process.on('uncaughtException', (error) => {
    log.error('the gateway failed', { error: error.stack ?? error.message });
    process.exit(1);
  });
}

/** SIGUSR2. Tests end a worker with it; only a process that was started for it takes it so. */
function onRestartRequests({ supervisor }: Gateway, restart: () => void): void {
  if (process.platform === 'win32') return;
  process.on('SIGUSR2', process.env['WAYGATE_TEST_FAULTS'] === '1' ? () => supervisor.fault() : restart);
}

async function inherited(): Promise<Inheritance> {
  try {
    return await inheritance(process.env);
  } catch (error) {
    throw new CliError(1, `waygate: ${(error as Error).message}`);
  }
}

function announce({ supervisor }: Gateway, log: Logger): void {
  for (const { bind, address, port } of supervisor.boundAddresses()) log.info('listening', { bind, address, port });
  log.info('ready', { workers: supervisor.status().length });
}

async function watchConfiguration(
  { source, model, files, loadedAtMs }: LoadedConfiguration,
  gateway: Gateway,
  hub: TelemetryHub,
  log: Logger,
): Promise<void> {
  const file = watchedFile(source);
  if (file === undefined) return;
  const ports = {
    file,
    load: () => loadModel(source),
    apply: (next: Model) => gateway.apply(next),
    synchronized: (yes: boolean) => hub.own.configSynchronized.with().set(yes ? 1 : 0),
    log,
  };
  await new Reloader(ports, model).start(files, loadedAtMs);
}
