import { createHash } from 'node:crypto';
import { mcpLimits } from '../../../mcp/limits.ts';
import type { Backend } from '../../../model/backend.ts';
import type { McpBackend, McpTarget } from '../../../model/mcp.ts';
import type { SharedLimit } from '../../../telemetry/shared/limit.ts';

/** What every name of a process-wide count of MCP begins with; such counts may be given up when no model names them. */
export const mcpCountPrefix = 'mcp ';

/** What an MCP backend counts over all workers. */
export interface McpCounts {
  readonly sessions: SharedLimit;
  /** Requests in flight, for each target. */
  readonly calls: readonly SharedLimit[];
  /** Calls that wait for their clients. */
  readonly parked: SharedLimit;
  /** Processes of stdio targets. */
  readonly processes: SharedLimit;
}

/** Every process-wide count that a backend needs. */
export function mcpCountNames(backend: Backend): string[] {
  if (backend.kind !== 'mcp') return [];
  return [sessionsOf(backend), ...backend.targets.map(callsOf), parkedOf(backend), processesOf(backend)];
}

/** Opens the counts of a backend with the maxima of its limits. */
export function openMcpCounts(spec: McpBackend, open: (name: string, maximum: number) => SharedLimit): McpCounts {
  return {
    sessions: open(sessionsOf(spec), mostSessions(spec)),
    calls: spec.targets.map((target) => open(callsOf(target), spec.limits.callsPerTarget)),
    parked: open(parkedOf(spec), spec.limits.parkedCalls),
    processes: open(processesOf(spec), spec.limits.maxProcesses),
  };
}

/** Most sessions of a backend, over all workers and virtual servers. */
export function mostSessions({ targets }: McpBackend): number {
  return targets.every(({ kind }) => kind === 'stdio') ? mcpLimits.maxStdioSessions : mcpLimits.maxSessions;
}

/** The same over reloads, during which sessions of before and after are side by side. */
function sessionsOf(backend: McpBackend): string {
  return `${mcpCountPrefix}sessions ${backend.name}`;
}

/** Targets that are configured alike are one server, whatever backend they stand in. */
function callsOf(target: McpTarget): string {
  return `${mcpCountPrefix}calls ${fingerprint(target)}`;
}

function parkedOf(backend: McpBackend): string {
  return `${mcpCountPrefix}parked ${fingerprint([backend.name, backend.targets])}`;
}

/** The same over reloads, during which processes of before and after run side by side. */
function processesOf(backend: McpBackend): string {
  return `${mcpCountPrefix}processes ${backend.name}`;
}

/** Equal for equal configuration. Hashed, because it may hold secrets. */
function fingerprint(value: unknown): string {
  const text = JSON.stringify(value, (_key, part: unknown) => (part instanceof Map ? [...part] : part));
  return createHash('sha256').update(text).digest('base64url');
}
