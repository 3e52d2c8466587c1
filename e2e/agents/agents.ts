import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';

/** What an agent that ran to its end said. */
export interface AgentRun {
  readonly code: number | null;
  readonly output: string;
}

const limitMs = 120_000;
const cache = process.env['AGENTS_CACHE'] ?? join(import.meta.dirname, '../../.cache/agents');

/** Installs the agents; the first call on a machine takes a while. */
export async function installAgents(): Promise<void> {
  await promisify(execFile)(join(import.meta.dirname, 'setup.sh'));
}

/** A folder of the test's own, gone after it. */
export function workFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'waygate-agent-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Runs an agent without a terminal, with no settings but those given: its home is the work folder.
 *
 * @param variables added to PATH and HOME.
 */
export async function runAgent(
  name: 'claude' | 'codex',
  args: readonly string[],
  folder: string,
  variables: Readonly<Record<string, string>>,
): Promise<AgentRun> {
  const child = spawn(join(cache, 'node_modules/.bin', name), args, {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: limitMs,
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}
