import { Logger } from '../../base/logger.ts';
import { loadModel, type ConfigSource } from '../../config/source.ts';
import { Reloader } from '../../config/reload/reloader.ts';
import { compactHeap, keepGarbageYoung } from '../../gateway/workers/compact-heap.ts';
import type { Model } from '../../model/model.ts';
import { CliError } from '../cli-error.ts';
import { packageVersion } from '../package-root.ts';
import { onStopRequests } from '../signals.ts';
import { watchedFile } from './configuration.ts';
import { createGateway, type Gateway } from './gateway-process.ts';
import { startServers } from './servers.ts';
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
  const gateway = createGateway(loaded.model, { log, line, hub, privateFolder: folder });

  let state: 'starting' | 'ready' | 'draining' = 'starting';
  let closeServers = async (): Promise<void> => undefined;
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  const stop = (): void => {
    if (state === 'starting') process.exit(interrupted);
    if (state === 'draining') return;
    state = 'draining';
    const steps = {
      drain: (minimumMs: number, deadlineMs: number) => gateway.supervisor.drain(minimumMs, deadlineMs),
      stop: async () => {
        await Promise.all([gateway.supervisor.stop(), closeServers()]);
        await gateway.close();
      },
    };
    void shutDown(steps, settings, log).then(resolve);
  };
  onStopRequests((count) => (count > 1 ? process.exit(interrupted) : stop()));
  try {
    const readiness = () => ({ ready: state === 'ready', reason: state });
    closeServers = await startServers(settings, { gateway, hub, log, readiness, shutdown: stop });
    keepGarbageYoung();
    await gateway.loadCode();
    compactHeap();
    await gateway.supervisor.start(loaded.model);
  } catch (error) {
    await closeServers();
    await gateway.close();
    throw new CliError(1, `waygate: ${(error as Error).message}`);
  }
  state = 'ready';
  allowFaults(gateway);
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

/** Tests end a worker by a fault; only a process that was started for it listens. */
function allowFaults({ supervisor }: Gateway): void {
  if (process.env['WAYGATE_TEST_FAULTS'] === '1') process.on('SIGUSR2', () => supervisor.fault());
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
