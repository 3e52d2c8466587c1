import { wallMs } from '../../base/clock.ts';
import { Logger } from '../../base/logger.ts';
import { loadModel, type ConfigSource } from '../../config/source.ts';
import { makePeerDirectory, removePeerDirectory } from '../../gateway/workers/peer-sockets.ts';
import type { Model } from '../../model/model.ts';
import { CliError } from '../cli-error.ts';
import type { RunLine } from '../command-line.ts';
import { packageVersion } from '../package-root.ts';
import { namedSource, watchedFile } from '../process/configuration.ts';
import { createGateway } from '../process/gateway-process.ts';
import { shutDown } from '../process/shutdown.ts';
import { TelemetryHub, metricChoices } from '../process/telemetry-hub.ts';
import { onStopRequests } from '../signals.ts';

/** Exit code after a second request to stop: as a shell reports a process that Ctrl-C ended. */
const interrupted = 130;

/** Runs the gateway until it is told to stop, or only checks its configuration; returns the exit code. */
export async function run(line: RunLine): Promise<number> {
  const named = namedSource(line);
  if (line.validateOnly) return validate(named);
  const folder = makePeerDirectory();
  process.once('exit', () => removePeerDirectory(folder));
  const { source, greeting } = named === undefined ? await embedded(folder) : { source: named, greeting: undefined };
  const loadedAtMs = wallMs();
  const { model, files } = await load(source);

  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const log = new Logger(say, model.process.logging.level, model.process.logging.format);
  process.on('uncaughtException', (error) => {
    log.error('the gateway failed', { error: error.stack ?? error.message });
    process.exit(1);
  });
  const hub = new TelemetryHub(metricChoices(model.process), packageVersion());
  const gateway = createGateway(model, { log, line: say, hub, privateFolder: folder });
  const { supervisor } = gateway;

  const done = Promise.withResolvers<void>();
  let started = false;
  onStopRequests((count) => {
    if (count > 1 || !started) process.exit(interrupted);
    const steps = {
      notReady: () => undefined,
      drain: (minimumMs: number, deadlineMs: number) => supervisor.drain(minimumMs, deadlineMs),
      stop: async () => {
        await supervisor.stop();
        gateway.close();
      },
    };
    void shutDown(steps, model.process, log).then(done.resolve);
  });
  try {
    await supervisor.start(model);
  } catch (error) {
    throw new CliError(1, `waygate: ${(error as Error).message}`);
  }
  started = true;
  if (process.env['WAYGATE_TEST_FAULTS'] === '1') process.on('SIGUSR2', () => supervisor.fault());
  for (const { bind, address, port } of supervisor.boundAddresses()) log.info('listening', { bind, address, port });
  if (greeting !== undefined) process.stdout.write(greeting(model));

  const file = watchedFile(source);
  if (file !== undefined) {
    const { Reloader } = await import('../../config/reload/reloader.ts');
    const reloader = new Reloader(
      {
        file,
        load: () => loadModel(source),
        apply: (next) => supervisor.apply(next),
        synchronized: (yes) => hub.own.configSynchronized.with().set(yes ? 1 : 0),
        log,
      },
      model,
    );
    await reloader.start(files, loadedAtMs);
  }
  await done.promise;
  process.exit(0);
}

async function validate(source: ConfigSource | undefined): Promise<number> {
  if (source === undefined) throw new CliError(2, 'waygate: --validate-only needs --file or --config');
  await load(source);
  process.stdout.write(`${source.kind === 'file' ? source.path : source.name}: valid\n`);
  return 0;
}

async function load(source: ConfigSource): Promise<{ model: Model; files: readonly string[] }> {
  const loaded = await loadModel(source);
  if (!loaded.ok) throw new CliError(2, loaded.errors);
  for (const warning of loaded.warnings) process.stderr.write(`warning: ${warning}\n`);
  return loaded;
}

/** The embedded configuration and what to say once it is served. */
async function embedded(folder: string): Promise<{ source: ConfigSource; greeting: (model: Model) => string }> {
  const { lookAround } = await import('../defaults/offer.ts');
  const { defaultConfig } = await import('../defaults/default-config.ts');
  const { banner } = await import('../banner.ts');
  const offer = await lookAround(process.env, folder);
  return {
    source: { kind: 'inline', name: 'embedded defaults', text: defaultConfig(offer), env: process.env },
    greeting: (model) => banner(packageVersion(), offer, model.process),
  };
}
