import { CliError } from './cli-error.ts';
import { parseCommandLine } from './command-line.ts';
import { helpText } from './help.ts';
import { packageVersion } from './package-root.ts';

/**
 * Runs a command line (without `node` and the script) and leaves its outcome in `process.exitCode`: 0 good, 1 runtime
 * failure, 2 bad usage or configuration. Never rejects.
 */
export async function main(args: readonly string[]): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreGoneReader);
  try {
    process.exitCode = await runCommand(args);
  } catch (error) {
    process.exitCode = error instanceof CliError ? error.exitCode : 1;
    process.stderr.write(`${error instanceof CliError ? error.message : unexpected(error)}\n`);
  }
}

async function runCommand(args: readonly string[]): Promise<number> {
  const line = parseCommandLine(args);
  switch (line.command) {
    case 'help':
      process.stdout.write(helpText(line.about));
      return 0;
    case 'version':
      process.stdout.write(`waygate ${packageVersion()}\n`);
      return 0;
    case 'schema':
      return (await import('./commands/schema.ts')).printSchema();
    case 'run':
      return (await import('./commands/run.ts')).run(line);
  }
}

/** Whoever reads the output may stop reading; that is no reason to stop. */
function ignoreGoneReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

function unexpected(error: unknown): string {
  return `waygate: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

if (import.meta.main) await main(process.argv.slice(2));
