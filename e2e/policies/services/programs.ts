/** Open Policy Agent with its plugin for Envoy, a service of external processing, and Envoy's rate limit service. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../../../testkit/client.ts';
import { freePorts } from '../../../testkit/free-ports.ts';

const cache = process.env['POLICIES_CACHE'] ?? join(import.meta.dirname, '../../../.cache/policies');

/** Builds them; the first call on a machine takes some minutes, and the network. */
export async function installServices(): Promise<void> {
  await promisify(execFile)(join(import.meta.dirname, 'setup.sh'));
}

/** A program that listens on a loopback port, ended with `await using`. */
export interface RunningService extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly host: string;
}

/** Starts the service of external processing. */
export async function startExtProc(): Promise<RunningService> {
  const child = spawn(join(cache, 'ext-proc'), { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { host: line.toString().trim(), [Symbol.asyncDispose]: () => end(child) };
}

/** Starts Open Policy Agent, which decides by `data.envoy.authz.allow` of a policy in Rego. */
export async function startOpa(rego: string): Promise<RunningService> {
  const folder = mkdtempSync(join(tmpdir(), 'waygate-opa-'));
  writeFileSync(join(folder, 'policy.rego'), rego);
  const [grpc = 0, http = 0] = await freePorts(2);
  const settings = [
    `plugins.envoy_ext_authz_grpc.addr=127.0.0.1:${grpc}`,
    'plugins.envoy_ext_authz_grpc.path=envoy/authz/result',
    'decision_logs.console=false',
  ];
  const args = ['run', '--server', '--disable-telemetry', '--log-level=error', `--addr=127.0.0.1:${http}`];
  const child = spawn(
    join(cache, 'opa'),
    [...args, ...settings.map((setting) => `--set=${setting}`), join(folder, 'policy.rego')],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  await eventually(
    async () => (await fetch(`http://127.0.0.1:${http}/health?plugins`).catch(() => null))?.ok === true,
    'OPA',
  );
  return {
    host: `127.0.0.1:${grpc}`,
    async [Symbol.asyncDispose]() {
      await end(child);
      rmSync(folder, { recursive: true });
    },
  };
}

/**
 * Starts Envoy's rate limit service.
 * @param config Its limits, in YAML. @param redis `host:port` of the Redis that keeps their counts.
 */
export async function startRateLimit(config: string, redis: string): Promise<RunningService> {
  const folder = mkdtempSync(join(tmpdir(), 'waygate-ratelimit-'));
  const limits = join(folder, 'ratelimit', 'config');
  mkdirSync(limits, { recursive: true });
  writeFileSync(join(limits, 'limits.yaml'), config);
  const [grpc = 0, http = 0, debug = 0] = await freePorts(3);
  const child = spawn(join(cache, 'ratelimit'), [], {
    env: {
      RUNTIME_ROOT: folder,
      RUNTIME_SUBDIRECTORY: 'ratelimit',
      RUNTIME_WATCH_ROOT: 'false',
      USE_STATSD: 'false',
      DISABLE_STATS: 'true',
      REDIS_SOCKET_TYPE: 'tcp',
      REDIS_URL: redis,
      HOST: '127.0.0.1',
      PORT: String(http),
      GRPC_HOST: '127.0.0.1',
      GRPC_PORT: String(grpc),
      DEBUG_HOST: '127.0.0.1',
      DEBUG_PORT: String(debug),
    },
    stdio: 'ignore',
  });
  await eventually(
    async () => (await fetch(`http://127.0.0.1:${http}/healthcheck`).catch(() => null))?.ok === true,
    'the rate limit service',
  );
  return {
    host: `127.0.0.1:${grpc}`,
    async [Symbol.asyncDispose]() {
      await end(child);
      rmSync(folder, { recursive: true });
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  if (child.kill()) await exited;
}
