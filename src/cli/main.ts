import { CliError } from './cli-error.ts';
import { parseCommandLine } from './command-line.ts';
import { helpText } from './help.ts';
import { packageVersion } from './package-root.ts';

/**
 * Runs a command line (without `node` and the script) and leaves its outcome in `process.exitCode`: 0 good, 1 runtime
 * failure, 2 bad usage or configuration. Never rejects.
 */
export async function main(args: readonly string[]): Promise<void> {
  const output: Output = { mayFail: false };
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!output.mayFail && error.code !== 'EPIPE') throw error;
    });
  }
  try {
    process.exitCode = await runCommand(args, output);
  } catch (error) {
    process.exitCode = error instanceof CliError ? error.exitCode : 1;
    process.stderr.write(`${error instanceof CliError ? error.message : unexpected(error)}\n`);
  }
}

/** What happens when something cannot be written. */
interface Output {
  /** A full disk is no reason to stop serving. That a reader stops reading is fine for any command. */
  mayFail: boolean;
}

async function runCommand(args: readonly string[], output: Output): Promise<number> {
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
      output.mayFail = true;
      return (await import('./commands/run.ts')).run(line);
  }
}

function unexpected(error: unknown): string {
  return `waygate: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

if (import.meta.main) await main(process.argv.slice(2));
