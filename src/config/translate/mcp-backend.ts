import { resolve } from 'node:path';
import { hostPort } from '../../base/host-port.ts';
import type { McpBackend, McpTarget } from '../../model/mcp.ts';
import type { BackendPolicySpecs } from '../../model/policy.ts';
import type { McpBackend as McpBackendConfig, McpStdio, McpTarget as TargetConfig } from '../schema/mcp-backend.ts';
import { hostAt } from './address.ts';
import { backendPolicies } from './backend-policies.ts';
import { report, useBackend, type Context, type Path } from './context.ts';
import { virtualServers } from './mcp-virtual.ts';
import type { NamedBackends } from './named-backends.ts';
import { systemTls } from './tls.ts';

/** Longest name of an MCP target (Gateway API SectionName). */
const maxTargetName = 253;
const targetName = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/** MCP servers as one backend. */
export function mcpBackend(
  context: Context,
  path: Path,
  config: McpBackendConfig,
  name: string,
  policies: BackendPolicySpecs,
  named: NamedBackends,
): McpBackend {
  if (config.targets.length === 0) report(context, [...path, 'targets'], 'there must be at least one target');
  const seen = new Set<string>();
  const targets = config.targets.flatMap((target, index) => {
    const at: Path = [...path, 'targets', index];
    checkName(context, [...at, 'name'], target.name, seen);
    const translated = mcpTarget(context, at, target, named);
    return translated === undefined ? [] : [translated];
  });
  checkAliases(context, [...path, 'targets'], config);
  return {
    kind: 'mcp',
    name,
    targets,
    sessions: config.statefulMode,
    prefixMode: config.prefixMode ?? 'conditional',
    maxNameLength: config.maxNameLength,
    aliases: config.targets.map(({ aliases }) => new Map(Object.entries(aliases ?? {}))),
    pageSize: config.pageSize,
    limits: {
      maxMessageBytes: config.limits.maxMessageSize,
      maxDepth: config.limits.maxDepth,
      maxPages: config.limits.maxPages,
      maxItems: config.limits.maxItems,
      slowTargetMs: config.limits.slowTarget,
      callsPerSession: config.limits.callsPerSession,
      callsPerTarget: config.limits.callsPerTarget,
      callIdleMs: config.limits.callIdle,
      callMaxMs: config.limits.callTimeout,
      parkedCalls: config.limits.parkedCalls,
    },
    virtualServers: virtualServers(
      context,
      [...path, 'virtualServers'],
      config.virtualServers,
      config.targets.map((target) => target.name),
      config.maxNameLength,
    ),
    failureMode: config.failureMode ?? 'failOpen',
    dnsRebindingProtection: config.dnsRebindingProtection,
    policies,
  };
}

function checkName(context: Context, path: Path, name: string, seen: Set<string>): void {
  if (name.length > maxTargetName || !targetName.test(name)) {
    report(
      context,
      path,
      `${JSON.stringify(name)} is no target name: lower-case letters, digits, '-' and '.', at most ${maxTargetName}`,
    );
  }
  if (seen.has(name)) report(context, path, `two targets have the name ${name}`);
  seen.add(name);
}

function checkAliases(context: Context, path: Path, { targets, maxNameLength }: McpBackendConfig): void {
  const seen = new Set<string>();
  for (const [index, { aliases }] of targets.entries()) {
    for (const [tool, alias] of Object.entries(aliases ?? {})) {
      const at: Path = [...path, index, 'aliases', tool];
      if (alias.length > maxNameLength) report(context, at, `${alias} is longer than maxNameLength, ${maxNameLength}`);
      if (seen.has(alias)) report(context, at, `two tools have the alias ${alias}`);
      seen.add(alias);
    }
  }
}

function mcpTarget(context: Context, path: Path, config: TargetConfig, named: NamedBackends): McpTarget | undefined {
  if (config.stdio !== undefined) {
    if (config.policies !== undefined) {
      report(context, [...path, 'policies'], 'a stdio target makes no connection that policies could apply to');
    }
    return stdioTarget(context, config.name, config.stdio);
  }
  // The other kind was refused before.
  const upstream = config.mcp ?? config.sse;
  if (upstream === undefined) return undefined;
  const kind = config.mcp === undefined ? 'sse' : 'http';
  const at: Path = [...path, kind === 'sse' ? 'sse' : 'mcp'];
  if (upstream.backend !== undefined) {
    if (config.policies !== undefined) {
      report(context, [...path, 'policies'], 'the target names a backend: its policies belong there');
    }
    if (upstream.path === undefined) report(context, [...at, 'path'], 'path is missing: it goes with backend');
    const backend = named.get(useBackend(context, [...at, 'backend'], upstream.backend, 'host'));
    if (backend?.kind !== 'host') return undefined;
    return {
      kind,
      name: config.name,
      address: backend.address,
      path: upstream.path ?? '/',
      policies: backend.policies,
    };
  }
  const { host, port } = upstream;
  const text = port === undefined ? host : hostPort(host, port);
  const target = hostAt(context, [...at, 'host'], text, { bare: port === undefined });
  if (target === undefined) return undefined;
  const policies = backendPolicies(context, [...path, 'policies'], config.policies);
  return {
    kind,
    name: config.name,
    address: target.address,
    path: upstream.path ?? (target.path === '' ? (kind === 'sse' ? '/sse' : '/') : target.path),
    policies: target.tls ? { backendTLS: systemTls, ...policies } : policies,
  };
}

function stdioTarget(context: Context, name: string, config: McpStdio): McpTarget {
  return {
    kind: 'stdio',
    name,
    command: config.cmd,
    args: config.args,
    env: new Map(Object.entries(config.env)),
    inheritEnv: config.clear_env === false,
    ...(config.cwd === undefined ? {} : { cwd: resolve(context.folder, config.cwd) }),
  };
}
