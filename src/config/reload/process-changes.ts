import { isDeepStrictEqual } from 'node:util';
import type { ProcessSettings } from '../../model/process.ts';

/** How the file names each setting that only a start reads. */
const keys: Readonly<Record<keyof ProcessSettings, string>> = {
  workers: 'workerThreads',
  adminAddress: 'adminAddr',
  statsAddress: 'statsAddr',
  readinessAddress: 'readinessAddr',
  logging: 'logging',
  metrics: 'metrics',
  dns: 'dns',
  upstream: 'backend',
  drainDeadlineMs: 'connectionTerminationDeadline',
  drainMinimumMs: 'connectionMinTerminationDeadline',
  mcpSessionTtlMs: 'mcp.sessionTtl',
  sessionKey: 'session.key',
  sessionStore: 'session.store',
  previousSessionKeys: 'session.previousKeys',
  sensitiveHeaders: 'sensitiveHeaders',
  customFunctions: 'customFunctions',
};

/** The `config:` keys whose values differ, as the file writes them: what a running process cannot take over. */
export function changedProcessKeys(running: ProcessSettings, next: ProcessSettings): string[] {
  return (Object.keys(keys) as (keyof ProcessSettings)[])
    .filter((key) => !isDeepStrictEqual(running[key], next[key]))
    .map((key) => `config.${keys[key]}`);
}
