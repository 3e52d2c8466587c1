/** Open Policy Agent with its plugin for Envoy, and a service of external processing on Envoy's own API. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  if (child.kill()) await exited;
}
