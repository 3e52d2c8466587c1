/** Official MCP programs that are not in package.json: where they are once `setup.sh` has run. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const cache = process.env['MCP_CACHE'] ?? join(import.meta.dirname, '../../.cache/mcp');
const modules = join(cache, 'node_modules');
const bin = join(cache, 'python/bin');

/** Absolute paths of scripts for Node, and of programs. */
export const mcpTools: {
  /** The released conformance suite, 0.1: a script. */
  readonly suiteLatest: string;
  /** The coming conformance suite, 0.2 alpha: a script. */
  readonly suiteNext: string;
  readonly inspectorCli: string;
  readonly serverFilesystem: string;
  readonly serverSequentialThinking: string;
  /** Requesters of tasks, by the extension's own package: a module. */
  readonly extTasks: string;
  /** Python with `mcp` and `fastmcp`. */
  readonly python: string;
  readonly serverTime: string;
  readonly serverFetch: string;
} = {
  suiteLatest: join(modules, 'mcp-conformance-latest/dist/index.js'),
  suiteNext: join(modules, 'mcp-conformance-next/dist/index.js'),
  inspectorCli: join(modules, '.bin/mcp-inspector'),
  serverFilesystem: join(modules, '.bin/mcp-server-filesystem'),
  serverSequentialThinking: join(modules, '.bin/mcp-server-sequential-thinking'),
  extTasks: join(modules, '@modelcontextprotocol/ext-tasks/dist/client/index.js'),
  python: join(bin, 'python'),
  serverTime: join(bin, 'mcp-server-time'),
  serverFetch: join(bin, 'mcp-server-fetch'),
};

/** Installs them; the first call on a machine takes half a minute. */
export async function installMcpTools(): Promise<void> {
  await promisify(execFile)(join(import.meta.dirname, 'setup.sh'));
}
