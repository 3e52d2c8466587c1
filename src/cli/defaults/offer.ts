import { get } from 'node:http';
import { createRequire } from 'node:module';
import { networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import { readFileSync } from 'node:fs';
import { providerRows } from '../../config/translate/providers.ts';
import { packageRoot } from '../package-root.ts';

/** A provider that can be used right away. */
export interface OfferedProvider {
  /** What configuration calls it. */
  readonly kind: string;
  /** Models are asked for as `prefix/model`. */
  readonly prefix: string;
  /** The environment variable with its key; absent: it needs none. */
  readonly keyVariable?: string;
}

/** A program that serves MCP on its standard input and output. */
export interface OfferedServer {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Everything that the embedded defaults are made of. */
export interface Offer {
  readonly addresses: readonly string[];
  readonly llmPort: number;
  readonly mcpPort: number;
  readonly providers: readonly OfferedProvider[];
  readonly servers: readonly OfferedServer[];
}

/** Milliseconds that a local Ollama has to answer. */
const ollamaPatienceMs = 300;

/**
 * Looks at what this machine has: provider keys in `env`, a local Ollama, the MCP servers installed with this package.
 * @param privateFolder Where the memory server keeps its file; it goes when the process ends.
 */
export async function lookAround(
  env: Readonly<Record<string, string | undefined>>,
  privateFolder: string,
): Promise<Offer> {
  const providers = keyedProviders(env);
  if (await ollamaAnswers()) providers.push({ kind: 'ollama', prefix: 'ollama' });
  return {
    addresses: hasIpv6Loopback() ? ['127.0.0.1', '::1'] : ['127.0.0.1'],
    llmPort: 4000,
    mcpPort: 3000,
    providers,
    servers: [
      installedServer('everything', '@modelcontextprotocol/server-everything', {}),
      installedServer('memory', '@modelcontextprotocol/server-memory', {
        MEMORY_FILE_PATH: join(privateFolder, 'memory.jsonl'),
      }),
    ],
  };
}

/** The providers whose key is in `env` and that need nothing else of a file, in the order of the provider table. */
export function keyedProviders(env: Readonly<Record<string, string | undefined>>): OfferedProvider[] {
  return Object.entries(providerRows).flatMap(([kind, { keyVariable, needs = {} }]) => {
    const keyed = keyVariable !== undefined && (env[keyVariable] ?? '') !== '';
    const known = Object.values(needs).every((variables) => variables.length > 0);
    return keyed && known ? [{ kind, prefix: kind.toLowerCase(), keyVariable }] : [];
  });
}

/** Runs the program of an installed package with the Node that runs this. */
function installedServer(name: string, packageName: string, env: Readonly<Record<string, string>>): OfferedServer {
  const manifest = createRequire(join(packageRoot(), 'package.json')).resolve(`${packageName}/package.json`);
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: string | Readonly<Record<string, string>> };
  const program = typeof bin === 'string' ? bin : (Object.values(bin)[0] ?? '');
  return { name, command: process.execPath, args: [join(dirname(manifest), program)], env };
}

function hasIpv6Loopback(): boolean {
  return Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1') === true);
}

function ollamaAnswers(): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get('http://127.0.0.1:11434/api/version', { timeout: ollamaPatienceMs }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
    request.on('close', () => resolve(false));
  });
}
