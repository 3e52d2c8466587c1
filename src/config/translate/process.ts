import { availableParallelism } from 'node:os';
import { parseDuration } from '../../base/duration.ts';
import { hostPort } from '../../base/host-port.ts';
import { logLevels } from '../../base/logger.ts';
import type { ProcessSettings } from '../../model/process.ts';
import type { DnsLookupFamily, LogLevel, ProcessConfig } from '../schema/process.ts';
import { parseListenAddress } from './address.ts';
import { keepaliveField } from './backend-policies.ts';
import { report, warn, type Context, type Path } from './context.ts';
import { customFunctions, expressionMap } from './expressions.ts';
import { loggedFields } from './frontend.ts';
import { isRedisUrl, redisUrlExpected } from './redis-url.ts';

const path: Path = ['config'];

/** The `config` section. Environment variables come before the file, as in agentgateway. */
export function processSettings(context: Context, config: ProcessConfig): ProcessSettings {
  // Before anything that may call them.
  const functions = customFunctions(context, [...path, 'customFunctions'], config.customFunctions);
  const keys = sessionKeys(context, config);
  const upstream = config.backend;
  return {
    workers: workers(context, config),
    adminAddress: adminAddress(context, config),
    statsAddress: address(context, 'STATS_ADDR', 'statsAddr', config.statsAddr, ':15020'),
    readinessAddress: address(context, 'READINESS_ADDR', 'readinessAddr', config.readinessAddr, ':15021'),
    logging: {
      level: logLevel(context, config.logging?.level),
      format: config.logging?.format ?? 'text',
      ...loggedFields(context, config.logging),
    },
    metrics: {
      remove: config.metrics?.remove ?? [],
      add: expressionMap(context, [...path, 'metrics', 'fields', 'add'], config.metrics?.fields?.add ?? {}, 'log'),
    },
    dns: { family: ipv6(context, config) ? families[config.dns?.lookupFamily ?? 'Auto'] : 'v4-only' },
    upstream: {
      connectTimeoutMs: upstream.connectTimeout,
      poolIdleTimeoutMs: upstream.poolIdleTimeout,
      ...(upstream.poolMaxSize === undefined ? {} : { poolMaxSize: upstream.poolMaxSize }),
      ...keepaliveField(upstream.keepalives),
    },
    drainDeadlineMs:
      duration(context, 'CONNECTION_TERMINATION_DEADLINE') ??
      config.connectionTerminationDeadline ??
      gracePeriod(context) ??
      5000,
    drainMinimumMs:
      duration(context, 'CONNECTION_MIN_TERMINATION_DEADLINE') ?? config.connectionMinTerminationDeadline ?? 0,
    mcpSessionTtlMs: config.mcp?.sessionTtl ?? 1_800_000,
    ...keys,
    sensitiveHeaders: config.sensitiveHeaders.map((name) => name.toLowerCase()),
    ...(functions === undefined ? {} : { customFunctions: functions }),
  };
}

/** Whether IPv6 is used at all. */
export function ipv6(context: Context, config: ProcessConfig): boolean {
  const text = context.env['IPV6_ENABLED'];
  return text === undefined ? (config.enableIpv6 ?? true) : text !== 'false';
}

const families: Readonly<Record<DnsLookupFamily, ProcessSettings['dns']['family']>> = {
  All: 'all',
  Auto: 'auto',
  V4Preferred: 'v4-preferred',
  V4Only: 'v4-only',
  V6Only: 'v6-only',
};

function workers(context: Context, config: ProcessConfig): number {
  const text = context.env['WORKER_THREADS'] ?? config.workerThreads;
  const cores = availableParallelism();
  if (text === undefined) return cores;
  const [, digits, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(String(text)) ?? [];
  const amount = Number(digits);
  if (percent === '%' && amount > 0 && amount <= 100) return Math.max(1, Math.ceil((cores * amount) / 100));
  if (percent === '' && Number.isInteger(amount) && amount > 0) return amount;
  const source = context.env['WORKER_THREADS'] === undefined ? '' : ' (WORKER_THREADS)';
  report(
    context,
    [...path, 'workerThreads'],
    `expected a number of threads or a share of the cores such as 50%${source}, not ${JSON.stringify(text)}`,
  );
  return cores;
}

/** The admin API can do everything, so it listens on a loopback address whatever the file says. */
function adminAddress(context: Context, config: ProcessConfig): string {
  const text = address(context, 'ADMIN_ADDR', 'adminAddr', config.adminAddr, 'localhost:15000');
  const parsed = parseListenAddress(text);
  if (parsed === undefined || isLoopback(parsed.host)) return text;
  warn(
    context,
    [...path, 'adminAddr'],
    `the admin API listens on loopback addresses only: localhost:${parsed.port} instead of ${text}`,
  );
  return `localhost:${parsed.port}`;
}

/** Whether a host of a listening address is this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function address(
  context: Context,
  variable: string,
  field: string,
  configured: string | undefined,
  initial: string,
): string {
  const fromEnvironment = context.env[variable];
  const text = fromEnvironment ?? configured ?? initial;
  const parsed = parseListenAddress(text);
  if (parsed === undefined) {
    const source = fromEnvironment === undefined ? '' : ` (${variable})`;
    report(context, [...path, field], `expected an address such as ${initial}${source}, not ${JSON.stringify(text)}`);
    return initial;
  }
  return hostPort(parsed.host, parsed.port);
}

/** Single modules can have levels of their own in agentgateway (`info,rmcp=warn`); Waygate has one level. */
function logLevel(context: Context, config: LogLevel | undefined): ProcessSettings['logging']['level'] {
  const at: Path = [...path, 'logging', 'level'];
  const words = (typeof config === 'string' ? [config] : (config ?? [])).flatMap((text) => text.split(','));
  const general = words.filter((word) => !word.includes('='));
  if (general.length < words.length) warn(context, at, 'levels of single modules have no effect');
  const name = general.at(-1)?.trim().toLowerCase() ?? 'info';
  const level = logLevels.find((candidate) => candidate === name);
  if (level === undefined) report(context, at, `expected one of ${logLevels.join(', ')}, not ${JSON.stringify(name)}`);
  return level ?? 'info';
}

function sessionKeys(
  context: Context,
  config: ProcessConfig,
): Pick<ProcessSettings, 'sessionKey' | 'previousSessionKeys' | 'sessionStore'> {
  const fromEnvironment = context.env['SESSION_KEY']?.trim();
  const sessionKey = fromEnvironment ?? config.session?.key;
  if (sessionKey === undefined) return {};
  const at: Path = [...path, 'session'];
  if (!isKey(sessionKey)) {
    const source = fromEnvironment === undefined ? '' : ' (SESSION_KEY)';
    report(context, [...at, 'key'], `expected 64 hexadecimal digits${source}`);
  }
  const previousSessionKeys = config.session?.previousKeys ?? [];
  for (const [i, key] of previousSessionKeys.entries()) {
    if (!isKey(key)) report(context, [...at, 'previousKeys', i], 'expected 64 hexadecimal digits');
  }
  if (previousSessionKeys.length > mostPreviousKeys) {
    report(context, [...at, 'previousKeys'], `expected at most ${mostPreviousKeys} keys`);
  }
  const sessionStore = config.session?.store;
  if (sessionStore !== undefined && !isRedisUrl(sessionStore)) {
    report(context, [...at, 'store'], redisUrlExpected);
  }
  return {
    sessionKey,
    ...(previousSessionKeys.length === 0 ? {} : { previousSessionKeys }),
    ...(sessionStore === undefined ? {} : { sessionStore }),
  };
}

/** As many as there is room for beside the key in use. */
const mostPreviousKeys = 7;

function isKey(text: string): boolean {
  return /^[0-9a-fA-F]{64}$/.test(text);
}

function duration(context: Context, variable: string): number | undefined {
  const text = context.env[variable];
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined) report(context, path, `${variable} is not a duration such as 10s: ${JSON.stringify(text)}`);
  return ms;
}

/** A little less than what Kubernetes grants, so that connections end before the process is killed. */
function gracePeriod(context: Context): number | undefined {
  const text = context.env['TERMINATION_GRACE_PERIOD_SECONDS'];
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 0) {
    report(context, path, `TERMINATION_GRACE_PERIOD_SECONDS is not a number of seconds: ${JSON.stringify(text)}`);
    return undefined;
  }
  return Math.max(1, seconds > 10 ? seconds - 5 : seconds - 1) * 1000;
}
