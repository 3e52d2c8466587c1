import { resolve } from 'node:path';
import { hostPort } from '../../base/host-port.ts';
import type { McpBackend, McpTarget } from '../../model/mcp.ts';
import type { BackendPolicySpecs } from '../../model/policy.ts';
import type { McpBackend as McpBackendConfig, McpStdio, McpTarget as TargetConfig } from '../schema/mcp-backend.ts';
import { hostAt } from './address.ts';
import { backendPolicies } from './backend-policies.ts';
import { report, useBackend, warn, type Context, type Path } from './context.ts';
import { checkBackendChanges, innerTransformations } from './inner-transformations.ts';
import { virtualServers } from './mcp-virtual.ts';
import { checkPassthrough, forwardHeaders } from './mcp-headers.ts';
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
  const forwarded = forwardHeaders(context, [...path, 'forwardHeaders'], config.forwardHeaders);
  const targets = config.targets.flatMap((target, index) => {
    const at: Path = [...path, 'targets', index];
    checkName(context, [...at, 'name'], target.name, seen);
    const translated = mcpTarget(context, at, target, named, forwarded);
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
    listTtlMs: config.targets.map(({ listTtl }) => listTtl ?? config.listTtl ?? 0),
    limits: {
      maxMessageBytes: config.limits.maxMessageSize,
      maxDepth: config.limits.maxDepth,
      maxServerMessageBytes: config.limits.maxServerMessageSize,
      maxServerDepth: config.limits.maxServerDepth,
      maxPages: config.limits.maxPages,
      maxItems: config.limits.maxItems,
      slowTargetMs: config.limits.slowTarget,
      callsPerSession: config.limits.callsPerSession,
      callsPerTarget: config.limits.callsPerTarget,
      callIdleMs: config.limits.callIdle,
      callMaxMs: config.limits.callTimeout,
      parkedCalls: config.limits.parkedCalls,
      listenStreams: config.limits.listenStreams,
      maxProcesses: config.limits.maxProcesses,
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
    allowedOrigins: config.allowedOrigins,
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

function mcpTarget(
  context: Context,
  path: Path,
  config: TargetConfig,
  named: NamedBackends,
  forwarded: readonly string[],
): McpTarget | undefined {
  if (config.stdio !== undefined) {
    if (config.policies !== undefined) {
      report(context, [...path, 'policies'], 'a stdio target makes no connection that policies could apply to');
    }
    if (config.forwardHeaders !== undefined) {
      report(context, [...path, 'forwardHeaders'], 'a stdio target gets no headers');
    }
    return stdioTarget(context, [...path, 'stdio'], config.name, config.stdio);
  }
  // The other kind was refused before.
  const upstream = config.mcp ?? config.sse;
  if (upstream === undefined) return undefined;
  const kind = config.mcp === undefined ? 'sse' : 'http';
  const at: Path = [...path, kind === 'sse' ? 'sse' : 'mcp'];
  const headers =
    config.forwardHeaders === undefined
      ? forwarded
      : forwardHeaders(context, [...path, 'forwardHeaders'], config.forwardHeaders);
  if (upstream.backend !== undefined) {
    if (config.policies !== undefined) {
      report(context, [...path, 'policies'], 'the target names a backend: its policies belong there');
    }
    if (upstream.path === undefined) report(context, [...at, 'path'], 'path is missing: it goes with backend');
    const backend = named.get(useBackend(context, [...at, 'backend'], upstream.backend, 'host'));
    if (backend?.kind !== 'host') return undefined;
    checkPassthrough(context, [...at, 'backend'], backend.policies, `target ${config.name}`);
    checkBackendChanges(context, [...at, 'backend'], backend.policies.transformations, 'mcp');
    return {
      kind,
      name: config.name,
      address: backend.address,
      path: upstream.path ?? '/',
      forwardHeaders: headers,
      policies: backend.policies,
    };
  }
  const { host, port } = upstream;
  const text = port === undefined ? host : hostPort(host, port);
  const target = hostAt(context, [...at, 'host'], text, { bare: port === undefined });
  if (target === undefined) return undefined;
  const own: Path = [...path, 'policies'];
  const changes = innerTransformations(context, [...own, 'transformations'], config.policies?.transformations, 'mcp');
  const policies = { ...backendPolicies(context, own, config.policies), ...changes };
  checkPassthrough(context, [...path, 'policies'], policies, `target ${config.name}`);
  return {
    kind,
    name: config.name,
    address: target.address,
    path: upstream.path ?? (target.path === '' ? (kind === 'sse' ? '/sse' : '/') : target.path),
    forwardHeaders: headers,
    policies: target.tls ? { backendTLS: systemTls, ...policies } : policies,
  };
}

function stdioTarget(context: Context, path: Path, name: string, config: McpStdio): McpTarget {
  if (config.clear_env === undefined) {
    warn(
      context,
      path,
      `${name} gets PATH, HOME and env only, where agentgateway gives it its whole environment; set clear_env: true to keep it so, or false to pass everything on`,
    );
  }
  if (config.start === 'eager' && config.sharing === 'session') {
    report(context, [...path, 'start'], 'with sharing: session a process starts with its session: eager is for others');
  }
  return {
    kind: 'stdio',
    name,
    command: config.cmd,
    args: config.args,
    env: new Map(Object.entries(config.env)),
    inheritEnv: config.clear_env === false,
    sharing: config.sharing,
    start: config.start,
    ...(config.cwd === undefined ? {} : { cwd: resolve(context.folder, config.cwd) }),
  };
}
