import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { nearest } from '../config/schema/kit/nearest.ts';
import { CliError } from './cli-error.ts';

/** The commands that do something. */
export type CommandName = 'run' | 'schema';

/** What `waygate run` was asked to do. */
export interface RunLine {
  readonly command: 'run';
  /** A path, or `-` for standard input. */
  readonly file?: string;
  /** A configuration text. */
  readonly inline?: string;
  readonly validateOnly: boolean;
}

/** A command line that makes sense. */
export type CommandLine =
  | RunLine
  | { readonly command: 'schema' }
  | { readonly command: 'version' }
  | { readonly command: 'help'; readonly about: CommandName | undefined };

const common = { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean', short: 'V' } } as const;

const options = {
  run: {
    file: { type: 'string', short: 'f' },
    config: { type: 'string', short: 'c' },
    'validate-only': { type: 'boolean' },
    ...common,
  },
  schema: common,
} as const satisfies Record<CommandName, ParseArgsOptionsConfig>;

/** Reads a command line. @throws CliError (2) with the nearest valid name for what is unknown. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const [first] = args;
  const named = first !== undefined && !first.startsWith('-');
  if (named && first === 'help') return help(args[1]);
  const command = named ? commandNamed(first) : 'run';
  const values = parseOptions(command, named ? args.slice(1) : args);
  if (values.help === true) return { command: 'help', about: named ? command : undefined };
  if (values.version === true) return { command: 'version' };
  return command === 'schema' ? { command } : runLine(values);
}

interface Values {
  help?: boolean;
  version?: boolean;
  file?: string;
  config?: string;
  'validate-only'?: boolean;
}

function runLine({ file, config, 'validate-only': validateOnly = false }: Values): RunLine {
  if (file !== undefined && config !== undefined) throw usage('run', '--file and --config exclude each other');
  if (file === '') throw usage('run', '--file needs a path, or - for standard input');
  return {
    command: 'run',
    validateOnly,
    ...(file === undefined ? {} : { file }),
    ...(config === undefined ? {} : { inline: config }),
  };
}

function parseOptions(command: CommandName, args: readonly string[]): Values {
  const { values, tokens } = parseArgs({ args: [...args], options: options[command], strict: false, tokens: true });
  const declared: ParseArgsOptionsConfig = options[command];
  const seen = new Set<string>();
  for (const token of tokens) {
    if (token.kind === 'positional') throw usage(command, `unexpected argument ${JSON.stringify(token.value)}`);
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(declared, token.name) ? declared[token.name] : undefined;
    if (option === undefined) throw usage(command, unknownOption(token.rawName, Object.keys(declared)));
    if (option.type === 'string' && token.value === undefined) throw usage(command, `${token.rawName} needs a value`);
    if (option.type === 'boolean' && token.value !== undefined) throw usage(command, `${token.rawName} takes no value`);
    if (seen.has(token.name)) throw usage(command, `${token.rawName} is given twice`);
    seen.add(token.name);
  }
  return values as Values;
}

function help(about: string | undefined): CommandLine {
  return { command: 'help', about: about === undefined ? undefined : commandNamed(about) };
}

function commandNamed(name: string): CommandName {
  if (Object.hasOwn(options, name)) return name as CommandName;
  const near = nearest(name, Object.keys(options));
  throw usage(
    undefined,
    `unknown command ${JSON.stringify(name)}${near === undefined ? '' : `; did you mean ${near}?`}`,
  );
}

function unknownOption(rawName: string, names: readonly string[]): string {
  const near = nearest(rawName.replace(/^-+/, ''), names);
  return `unknown option ${rawName}${near === undefined ? '' : `; did you mean --${near}?`}`;
}

function usage(command: CommandName | undefined, message: string): CliError {
  const help = command === undefined ? 'waygate --help' : `waygate ${command} --help`;
  return new CliError(2, `waygate: ${message}\nTry ${help}.`);
}
