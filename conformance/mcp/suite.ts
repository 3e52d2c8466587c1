/** Running the official suites, and what they come to, check by check. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mcpTools } from '../../testkit/mcp/tools.ts';

/** A released suite at a revision of the protocol. */
export interface Suite {
  readonly version: '0.1.16' | '0.2.0-alpha.12';
  readonly revision: '2025-11-25' | '2026-07-28';
  /** How many scenarios of servers it requires. */
  readonly required: number;
}

/** The released suite knows the older revision only. */
export const suites: readonly Suite[] = [
  { version: '0.1.16', revision: '2025-11-25', required: 30 },
  { version: '0.2.0-alpha.12', revision: '2025-11-25', required: 30 },
  { version: '0.2.0-alpha.12', revision: '2026-07-28', required: 37 },
];

/** What a scenario came to. */
export interface Outcome {
  readonly passed: number;
  /** The ids of the checks that failed, sorted, and what each said. */
  readonly failed: readonly string[];
  readonly messages: readonly string[];
}

/** All scenarios that were run, by name. */
export type Outcomes = ReadonlyMap<string, Outcome>;

const scenarioLimitMs = 120_000;

/** The suite's scenarios for servers, against the server at `url`. */
export function runServerSuite({ version, revision }: Suite, url: string): Promise<Outcomes> {
  const selection =
    version === '0.1.16' ? ['--suite', 'active'] : ['--requirements', revision, '--timeout', String(scenarioLimitMs)];
  return run(version, 'server', ['--url', url, ...selection]);
}

/** One scenario for clients, against the client that `command` starts; it gets the URL of the suite's server last. */
export function runClientScenario(
  { version, revision }: Suite,
  scenario: string,
  command: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Outcomes> {
  const wire = version === '0.1.16' ? [] : ['--spec-version', revision];
  const args = ['--command', command, '--scenario', scenario, '--timeout', String(scenarioLimitMs), ...wire];
  return run(version, 'client', args, env);
}

/** The names of the scenarios that a revision requires; the older suite does not say. */
export async function requiredScenarios(
  { version, revision }: Suite,
  side: 'server' | 'client',
): Promise<readonly string[] | null> {
  if (version === '0.1.16') return null;
  const { output } = await start(version, ['list', `--${side}`, '--requirements', revision]);
  const [, section = ''] = output.split(side === 'server' ? 'Server scenarios' : 'Client scenarios');
  const [names = ''] = section.slice(section.indexOf('\n') + 1).split('\n\n');
  return Array.from(names.matchAll(/^ +- (\S+)/gm), ([, name = '']) => name);
}

async function run(
  version: Suite['version'],
  side: 'server' | 'client',
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcomes> {
  const folder = mkdtempSync(join(tmpdir(), 'waygate-conformance-'));
  try {
    const { output } = await start(version, [side, ...args, '-o', folder], env);
    const outcomes = readOutcomes(folder, side);
    if (outcomes.size === 0) throw new Error(`the suite ran no scenario:\n${output}`);
    return outcomes;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function start(
  version: Suite['version'],
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly output: string }> {
  const script = version === '0.1.16' ? mcpTools.suiteLatest : mcpTools.suiteNext;
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await once(child, 'close');
  return { output };
}

interface Check {
  readonly id: string;
  readonly status: string;
  readonly errorMessage?: string;
}

/** Reads `{side}-{scenario}-{time}/checks.json`; without the side where only one scenario was run. */
function readOutcomes(folder: string, side: string): Outcomes {
  const outcomes = new Map<string, Outcome>();
  for (const file of globSync(join(folder, '**/checks.json')).toSorted()) {
    const named = file.slice(folder.length + 1, -'/checks.json'.length).replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, '');
    const name = named.startsWith(`${side}-`) && side === 'server' ? named.slice(side.length + 1) : named;
    const checks = JSON.parse(readFileSync(file, 'utf8')) as readonly Check[];
    const failures = checks.filter(({ status }) => status === 'FAILURE');
    outcomes.set(name, {
      passed: checks.filter(({ status }) => status === 'SUCCESS').length,
      failed: [...new Set(failures.map(({ id }) => id))].toSorted(),
      messages: failures.map(({ id, errorMessage = '' }) => `${id}: ${errorMessage}`),
    });
  }
  return outcomes;
}
