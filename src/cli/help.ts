import type { CommandName } from './command-line.ts';

const exitCodes = `Exit codes: 0 good, 1 runtime failure, 2 bad usage or configuration.
`;

const overview = `Waygate: one gateway for LLM providers, MCP servers and HTTP services.

Usage: waygate [run] [-f FILE|-] [-c TEXT] [--validate-only]
       waygate schema
       waygate help [COMMAND]

Commands:
  run      Run the gateway (the default command)
  schema   Print the JSON Schema of configuration files

Options:
  -h, --help      Show this, or with a command, its help
  -V, --version   Show the version

${exitCodes}`;

const help: Readonly<Record<CommandName, string>> = {
  run: `Run the gateway until it is told to stop.

Usage: waygate [run] [-f FILE|-] [-c TEXT] [--validate-only]

Without a configuration it runs a demonstration on loopback addresses and prints what to try.

Options:
  -f, --file FILE       Configuration file, YAML or JSON; - reads standard input.
                        A file is watched, and changes are taken over while running.
  -c, --config TEXT     The configuration itself
      --validate-only   Check the configuration and exit
  -h, --help            Show this

Signals: INT, TERM and HUP stop accepting, let requests in flight finish, and exit; a second one exits at once.
         USR2 starts a successor with the same arguments, which takes the ports over; see docs/running.md.
${exitCodes}`,
  schema: `Print the JSON Schema of configuration files, for editors and other tools.

Usage: waygate schema

Options:
  -h, --help   Show this

${exitCodes}`,
};

/** The help of a command, or of all. */
export function helpText(about: CommandName | undefined): string {
  return about === undefined ? overview : help[about];
}
