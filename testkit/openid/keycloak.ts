import { execFile, spawn } from 'node:child_process';
import { cpSync, createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { sleep } from '../../src/base/clock.ts';
import { eventually } from '../client.ts';
import { freePorts } from '../free-ports.ts';

const folder = resolve(import.meta.dirname, '../../e2e/keycloak');
const cache = process.env['KEYCLOAK_CACHE'] ?? resolve(folder, '../../.cache/keycloak');

/** A Keycloak with the realm of e2e/keycloak/realm.json. */
export interface Keycloak extends AsyncDisposable {
  readonly host: string;
  readonly issuer: string;
  readonly tokenPath: string;
  /** A token of the user alice, for the client `cli`. */
  accessToken(): Promise<string>;
  /** Calls its administration API, below the realm. */
  admin(method: string, path: string, body?: unknown): Promise<unknown>;
}

/** Starts one, with a copy of the prepared database. */
export async function startKeycloak(): Promise<Keycloak> {
  await promisify(execFile)('bash', [join(folder, 'setup.sh')], { maxBuffer: 10_000_000 });
  const data = mkdtempSync(join(tmpdir(), 'waygate-keycloak-'));
  cpSync(join(cache, 'server/data/h2'), join(data, 'h2'), { recursive: true });
  const [port = 0, management = 0] = await freePorts(2);
  const log = join(data, 'log');
  const child = spawn(
    'bash',
    [
      join(cache, 'server/bin/kc.sh'),
      'start',
      '--optimized',
      '--http-enabled=true',
      '--hostname-strict=false',
      '--http-host=127.0.0.1',
      `--http-port=${port}`,
      `--http-management-port=${management}`,
      '--cache=local',
      `--db-url=jdbc:h2:file:${join(data, 'h2/keycloakdb')};NON_KEYWORDS=VALUE;AUTO_SERVER=FALSE`,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, JAVA_OPTS_KC_HEAP: '-Xms64m -Xmx512m' } },
  );
  const lines = createWriteStream(log);
  child.stdout.pipe(lines);
  child.stderr.pipe(lines);
  const exited = new Promise<void>((done) => child.once('exit', () => done()));
  const host = `127.0.0.1:${port}`;
  const issuer = `http://${host}/realms/waygate`;
  const close = async (): Promise<void> => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await exited;
    clearTimeout(timer);
    rmSync(data, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await eventually(
      async () => {
        if (child.exitCode !== null) throw new Error(`Keycloak ended: ${readFileSync(log, 'utf8').slice(-2000)}`);
        await sleep(200);
        try {
          return (await fetch(issuer)).ok;
        } catch {
          return false; // not yet
        }
      },
      'Keycloak',
      120_000,
    );
  } catch (error) {
    await close();
    throw error;
  }

  async function token(realm: string, form: Readonly<Record<string, string>>): Promise<string> {
    const response = await fetch(`http://${host}/realms/${realm}/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'password', ...form }),
    });
    const { access_token: found } = (await response.json()) as { access_token?: string };
    if (found === undefined) throw new Error(`Keycloak gave no token: ${response.status}`);
    return found;
  }

  return {
    host,
    issuer,
    tokenPath: '/realms/waygate/protocol/openid-connect/token',
    accessToken: () => token('waygate', { client_id: 'cli', username: 'alice', password: 'the password of alice' }),
    async admin(method, path, body) {
      const authorization = `Bearer ${await token('master', { client_id: 'admin-cli', username: 'admin', password: 'admin' })}`;
      const response = await fetch(`http://${host}/admin/realms/waygate${path}`, {
        method,
        headers: { authorization, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return text === '' ? null : (JSON.parse(text) as unknown);
    },
    [Symbol.asyncDispose]: close,
  };
}
