/** Runs an example from a copy on free ports, and the requests that its README shows. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { freePorts } from '../../testkit/free-ports.ts';
import { startWaygate, temporaryFolder, type Waygate } from '../process/waygate-process.ts';
import { readmeCommands, type ReadmeCommand } from './readme.ts';

const repository = join(import.meta.dirname, '../..');

/** A copy of an example; its README's ports stand for free ones. */
export interface Example {
  /** The copy of `examples/NAME`. */
  readonly folder: string;
  /** Where `npm start -- -f examples/NAME/config.yaml` is said: the copy's repository root. */
  readonly root: string;
  /** Where `/metrics` is. */
  readonly statsPort: number;
  /** The port that stands for `port` of the example. */
  port(port: number): number;
  /** Checks the configuration, as it is in the repository's copy. */
  validates(): Promise<void>;
  /** Starts the gateway as the README says. */
  start(): Promise<Waygate>;
  /**
   * Runs the one command of the README that, with its line end, holds `text`, and returns what it printed on standard output.
   * @param placeholder What stands for `…` in it.
   */
  run(text: string, placeholder?: string): Promise<string>;
  /** Runs it and compares what it printed with the block that follows in the README, where `…` stands for any lines. */
  runAsShown(text: string): Promise<void>;
  /** As {@link run}, for a command that must fail, and print nothing; returns its exit code. */
  fails(text: string, edit?: (command: string) => string): Promise<number>;
  /** Asserts that every request of the README was run. */
  allWereRun(): void;
}

/** Copies example `name` and gives it free ports. */
export async function example(t: TestContext, name: string): Promise<Example> {
  const root = temporaryFolder(t);
  const folder = join(root, 'examples', name);
  mkdirSync(join(root, 'examples'));
  cpSync(join(repository, 'examples', name), folder, {
    recursive: true,
    filter: (path) => !path.endsWith('/certs'),
  });
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
  const file = join(folder, 'config.yaml');
  const original = readFileSync(file, 'utf8');
  const moved = await newPorts(original);
  const withPorts = (text: string): string =>
    text.replace(/(?<=\bport: |:)\d{4,5}\b/g, (port) => String(moved.get(Number(port)) ?? port));
  const [admin = 0, statsPort = 0, readiness = 0] = await freePorts(3);
  assert.doesNotMatch(original, /^config:/m);
  const servers = `
config:
  adminAddr: localhost:${admin}
  statsAddr: 127.0.0.1:${statsPort}
  readinessAddr: 127.0.0.1:${readiness}
`;
  writeFileSync(file, withPorts(original).replaceAll('/tmp/', `${root}/`) + servers);

  const commands = readmeCommands(readFileSync(join(folder, 'README.md'), 'utf8'));
  const left = new Set(commands);
  const take = (text: string): ReadmeCommand => {
    const found = commands.filter(({ command }) => `${command}\n`.includes(text));
    const [one] = found;
    assert.ok(one !== undefined && found.length === 1, `${found.length} commands of the README hold ${text}`);
    left.delete(one);
    return one;
  };
  const bash = async ({ command, folder: where }: ReadmeCommand, edit = (text: string): string => text) =>
    promisify(execFile)('bash', ['-c', edit(withPorts(command))], { cwd: join(root, where), timeout: 20_000 });
  const run = async (text: string, placeholder?: string): Promise<string> => {
    const fill = (command: string): string => command.replace('…', () => placeholder ?? '…');
    return (await bash(take(text), fill)).stdout;
  };
  return {
    folder,
    root,
    statsPort,
    port: (port) => moved.get(port) ?? assert.fail(`the example has no port ${port}`),
    async validates() {
      const check = startWaygate(t, { args: ['--validate-only', '-f', `examples/${name}/config.yaml`], cwd: root });
      assert.deepEqual(await check.ended, { code: 0, signal: null }, check.stderr());
      assert.match(check.stdout(), /: valid\n$/);
    },
    async start() {
      const waygate = startWaygate(t, { args: ['-f', `examples/${name}/config.yaml`], cwd: root });
      await waygate.says('ready');
      return waygate;
    },
    run,
    async runAsShown(text) {
      const { shown } = take(text);
      assert.ok(shown !== undefined, `the README does not show what ${text} prints`);
      const pattern = shown.split('…\n').map(RegExp.escape).join('(?:.*\n)*');
      assert.match((await run(text)).replaceAll('\r\n', '\n'), new RegExp(`^${pattern}$`));
    },
    async fails(text, edit) {
      return bash(take(text), edit).then(
        ({ stdout }) => assert.fail(`it printed ${stdout}`),
        (error: { code: number; stdout: string }) => {
          assert.equal(error.stdout, '');
          return error.code;
        },
      );
    },
    allWereRun: () =>
      assert.deepEqual(
        [...left].map(({ command }) => command),
        [],
      ),
  };
}

async function newPorts(config: string): Promise<Map<number, number>> {
  const ports = [...config.matchAll(/\bport: (\d+)/g)].map(([, port]) => Number(port));
  const free = await freePorts(ports.length);
  return new Map(ports.map((port, i) => [port, free[i] ?? 0]));
}
