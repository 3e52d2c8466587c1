import { wallMs } from '../../base/clock.ts';
import { loadModel, type ConfigSource } from '../../config/source.ts';
import { makePeerDirectory, removePeerDirectory } from '../../gateway/workers/peer-sockets.ts';
import type { ProcessSettings } from '../../model/process.ts';
import { CliError } from '../cli-error.ts';
import type { RunLine } from '../command-line.ts';
import { packageVersion } from '../package-root.ts';
import { namedSource } from '../process/configuration.ts';
import type { LoadedConfiguration } from '../process/run-gateway.ts';

/** Runs the gateway until it is told to stop, or only checks its configuration; returns the exit code. */
export async function run(line: RunLine): Promise<number> {
  const named = namedSource(line);
  if (line.validateOnly) return validate(named);
  const folder = makePeerDirectory();
  process.once('exit', () => removePeerDirectory(folder));
  const { source, greeting } = named === undefined ? await embedded(folder) : { source: named, greeting: () => '' };
  const loaded = await load(source);
  const { runGateway } = await import('../process/run-gateway.ts');
  await runGateway(loaded, folder, greeting(loaded.model.process));
  // Whatever is still open, a stuck connection or a child's pipe, was given its time.
  process.exit(0);
}

async function validate(source: ConfigSource | undefined): Promise<number> {
  if (source === undefined) throw new CliError(2, 'waygate: --validate-only needs --file or --config');
  const name = source.kind === 'file' ? source.path : source.name;
  const { model } = await load(source);
  const { checkCompiles } = await import('./compile-check.ts');
  try {
    checkCompiles(model);
  } catch (error) {
    throw new CliError(2, `${name}: cannot be served: ${(error as Error).message}`);
  }
  process.stdout.write(`${name}: valid\n`);
  return 0;
}

async function load(source: ConfigSource): Promise<LoadedConfiguration> {
  const loadedAtMs = wallMs();
  const loaded = await loadModel(source);
  if (!loaded.ok) throw new CliError(2, loaded.errors);
  for (const warning of loaded.warnings) process.stderr.write(`warning: ${warning}\n`);
  return { source, model: loaded.model, files: loaded.files, loadedAtMs };
}

/** The embedded configuration and what to say once it is served. */
async function embedded(
  folder: string,
): Promise<{ source: ConfigSource; greeting: (settings: ProcessSettings) => string }> {
  const { lookAround } = await import('../defaults/offer.ts');
  const { defaultConfig } = await import('../defaults/default-config.ts');
  const { banner } = await import('../banner.ts');
  const offer = await lookAround(process.env, folder);
  return {
    source: { kind: 'inline', name: 'embedded defaults', text: defaultConfig(offer), env: process.env },
    greeting: (settings) => banner(packageVersion(), offer, settings),
  };
}
