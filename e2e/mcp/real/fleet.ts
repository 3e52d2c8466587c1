/** Four servers that people run, of both eras, behind one endpoint. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { mcpTools } from '../../../testkit/mcp/tools.ts';
import { temporaryFolder, type Waygate } from '../../process/waygate-process.ts';
import { startMcpGateway } from '../mcp-gateway.ts';

/** A message that a server got. */
export interface Received {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
}

/** What the servers are called in the configuration. */
export const serverNames = ['everything', 'memory', 'files', 'time'] as const;

export type ServerName = (typeof serverNames)[number];

/** A program and its arguments. */
export type ServerCommand = readonly [string, ...string[]];

/** The gateway with its servers. */
export interface Fleet {
  readonly waygate: Waygate;
  readonly url: URL;
  /** The folder that the file server may read, with `note.txt` in it. */
  readonly folder: string;
  /** The messages that a server has got so far, in order. */
  received(target: string): readonly Received[];
}

/** What is in `note.txt`. */
export const note = 'A note in a file.';

const program = (name: string): string =>
  fileURLToPath(import.meta.resolve(`@modelcontextprotocol/server-${name}/dist/index.js`));

/** How each server is started; the file server may read `folder`. */
export function serverCommands(folder: string): Readonly<Record<ServerName, ServerCommand>> {
  return {
    everything: [process.execPath, program('everything')],
    // It is told by its environment where its file is.
    memory: ['env', `MEMORY_FILE_PATH=${join(folder, 'memory.jsonl')}`, process.execPath, program('memory')],
    files: [process.execPath, mcpTools.serverFilesystem, folder],
    time: [mcpTools.serverTime],
  };
}

/** What may differ from one target for each of the four servers. */
export interface FleetOptions {
  /** YAML lines of the `mcp` section. */
  readonly settings?: string;
  /** Names of targets → what they are, all on stdio. */
  readonly servers?: Readonly<Record<string, ServerName>>;
  /** YAML lines of further targets. */
  readonly more?: string;
}

const each = Object.fromEntries(serverNames.map((name) => [name, name]));

/** Starts the gateway on `server-everything`, `server-memory`, `server-filesystem` and `mcp-server-time`. */
export async function startFleet(t: TestContext, options: FleetOptions = {}): Promise<Fleet> {
  const { settings = '', servers = each, more = '' } = options;
  const folder = temporaryFolder(t);
  const logs = temporaryFolder(t);
  mkdirSync(join(folder, 'shared'));
  writeFileSync(join(folder, 'note.txt'), note);
  writeFileSync(join(folder, 'shared/note.txt'), note);
  // What a server gets is kept beside on its way to it.
  const commands = serverCommands(folder);
  const own = Object.entries(servers).map(
    ([name, server]) => `- name: ${name}
  stdio:
    cmd: sh
    args: ${JSON.stringify(['-c', `tee -a ${join(logs, name)} | exec "$@"`, 'sh', ...commands[server]])}
`,
  );
  const targets = [...own, more].join('');
  const section = settings.trim().replaceAll('\n', '\n  ');
  const { waygate, url } = await startMcpGateway(t, targets, {}, { workers: 1, section, prefixMode: null });
  return {
    waygate,
    url,
    folder,
    received: (target) =>
      readFileSync(join(logs, target), 'utf8')
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => JSON.parse(line) as Received),
  };
}
