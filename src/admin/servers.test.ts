import assert from 'node:assert/strict';
import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Logger } from '../base/logger.ts';
import type { LogLevel } from '../base/logger.ts';
import type { Model } from '../model/model.ts';
import { startAdmin } from './admin.ts';
import type { AdminOptions } from './admin.ts';
import { startReadiness } from './readiness.ts';
import type { RunningServer } from './server.ts';
import { startStats } from './stats.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const log = new Logger(() => undefined);

function ask(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  host = '127.0.0.1',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request({ host, port, method, path, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (body += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    })
      .on('error', reject)
      .end();
  });
}

async function running(t: TestContext, server: Promise<RunningServer>): Promise<RunningServer> {
  const started = await server;
  t.after(() => started.close());
  return started;
}

const model = {
  process: { sensitiveHeaders: [], sessionKey: 'abcdefabcdef' },
  binds: [],
  backends: new Map([['b', { kind: 'invalid', name: 'b', message: 'm', policies: {} }]]),
} as unknown as Model;

function adminOptions(change: Partial<AdminOptions> = {}): AdminOptions {
  let level: LogLevel = 'info';
  return {
    address: '127.0.0.1:0',
    log,
    dump: () => model,
    logLevel: () => level,
    setLogLevel: (next) => (level = next),
    trace: () => () => undefined,
    shutdown: () => undefined,
    ...change,
  };
}

function admin(t: TestContext, change?: Partial<AdminOptions>): Promise<RunningServer> {
  return running(t, startAdmin(adminOptions(change)));
}

test('the dump shows the model without secrets', async (t) => {
  const { port } = await admin(t);
  const { status, headers, body } = await ask(port, 'GET', '/config_dump');
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'application/json');
  assert.equal(headers['cache-control'], 'no-store');
  const dump = JSON.parse(body) as Record<string, unknown>;
  assert.deepEqual(dump['process'], { sensitiveHeaders: [], sessionKey: '<redacted>' });
  assert.deepEqual(Object.keys(dump['backends'] as object), ['b']);
});

test('before the first configuration the dump is refused', async (t) => {
  const { port } = await admin(t, { dump: () => undefined });
  assert.equal((await ask(port, 'GET', '/config_dump')).status, 503);
});

test('the log level is shown, changed and taken back', async (t) => {
  const { port } = await admin(t);
  const say = async (method: string, path: string): Promise<string> => (await ask(port, method, path)).body;
  assert.equal(await say('GET', '/logging'), 'current log level is info\n');
  assert.equal(await say('POST', '/logging?level=DEBUG'), 'current log level is debug\n');
  assert.equal(await say('POST', '/logging'), 'current log level is debug\n');
  assert.equal(await say('POST', '/logging?reset'), 'current log level is info\n');
  const bad = await ask(port, 'POST', '/logging?level=loud');
  assert.equal(bad.status, 400);
  assert.equal(bad.body, 'there is no level "loud"; the levels are trace, debug, info, warn, error, off\n');
});

test('POST /quitquitquit begins the end, GET does not', async (t) => {
  let ended = 0;
  const { port } = await admin(t, { shutdown: () => void ended++ });
  const refused = await ask(port, 'GET', '/quitquitquit');
  assert.deepEqual([refused.status, refused.headers.allow, ended], [405, 'POST', 0]);
  assert.equal((await ask(port, 'POST', '/quitquitquit')).status, 200);
  assert.equal(ended, 1);
});

test('the index names every endpoint; others are 404 in JSON', async (t) => {
  const { port } = await admin(t);
  const { body } = await ask(port, 'GET', '/');
  for (const path of ['/config_dump', '/logging', '/quitquitquit']) assert.ok(body.includes(path));
  const missing = await ask(port, 'GET', '/nothing');
  assert.equal(missing.status, 404);
  assert.equal((JSON.parse(missing.body) as { error: { reason: string } }).error.reason, 'routeNotFound');
  assert.equal((await ask(port, 'HEAD', '/')).status, 200);
});

test('the admin API takes loopback Host and Origin only, on every path', async (t) => {
  const { port } = await admin(t);
  const allowed: Record<string, string>[] = [
    {},
    { host: 'localhost' },
    { host: `[::1]:${port}` },
    { host: `LOCALHOST:${port}`, origin: 'http://localhost:5173', 'sec-fetch-site': 'same-site' },
    { origin: 'https://127.0.0.1' },
  ];
  const refused: Record<string, string>[] = [
    { host: 'evil.example' },
    { host: `evil.example:${port}` },
    { host: 'localhost.evil.example' },
    { host: 'evil@localhost' },
    { host: '127.0.0.1.evil.example' },
    { host: '0.0.0.0' },
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost@evil.example' },
    { origin: 'http://localhost.evil.example' },
    { origin: '' },
    { 'sec-fetch-site': 'cross-site' },
  ];
  for (const path of ['/config_dump', '/nothing']) {
    const good = path === '/nothing' ? 404 : 200;
    for (const headers of allowed) {
      assert.equal((await ask(port, 'GET', path, headers)).status, good, JSON.stringify(headers));
    }
    for (const headers of refused) {
      assert.equal((await ask(port, 'GET', path, headers)).status, 403, JSON.stringify(headers));
    }
  }
});

test('the admin API binds loopback whatever is asked', async (t) => {
  for (const address of ['0.0.0.0:0', '[::]:0', ':0', 'localhost:0']) {
    const server = await admin(t, { address });
    assert.equal(server.addresses[0], '127.0.0.1', address);
    for (const bound of server.addresses) {
      assert.ok(bound === '127.0.0.1' || bound === '::1', bound);
      assert.equal((await ask(server.port, 'GET', '/', {}, bound)).status, 200);
    }
  }
});

test('a taken port is one clear line, and nothing is left listening', async (t) => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  t.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  await assert.rejects(startAdmin(adminOptions({ address: `127.0.0.1:${port}` })), {
    message: `admin: 127.0.0.1:${port} is already in use`,
  });
  const second = await admin(t, { address: 'localhost:0' });
  await assert.rejects(startStats({ address: `localhost:${second.port}`, log, metrics: assert.fail }), {
    message: `stats: 127.0.0.1:${second.port} is already in use`,
  });
  await assert.rejects(startAdmin(adminOptions({ address: 'nonsense' })), /"nonsense" is not an address and port/);
});

test('the metrics page has its media type and sees Accept', async (t) => {
  const metrics = (accept: string | undefined): { contentType: string; body: string } => ({
    contentType: 'text/plain; version=0.0.4',
    body: `# ${accept ?? 'none'}\n`,
  });
  const { port } = await running(t, startStats({ address: '127.0.0.1:0', log, metrics }));
  const page = await ask(port, 'GET', '/metrics', { accept: 'x/y', host: 'metrics.example' });
  assert.deepEqual(
    [page.status, page.headers['content-type'], page.body],
    [200, 'text/plain; version=0.0.4', '# x/y\n'],
  );
  assert.equal((await ask(port, 'GET', '/stats/prometheus')).status, 200);
  assert.equal((await ask(port, 'POST', '/metrics')).status, 405);
});

test('a failing page is a 500 without internals, and is logged', async (t) => {
  const lines: string[] = [];
  const metrics = (): Promise<never> => Promise.reject(new Error('inner detail'));
  const logger = new Logger((line) => lines.push(line));
  const { port } = await running(t, startStats({ address: '127.0.0.1:0', log: logger, metrics }));
  const { status, body } = await ask(port, 'GET', '/metrics');
  assert.equal(status, 500);
  assert.doesNotMatch(body, /inner detail/);
  assert.match(lines.join('\n'), /inner detail/);
});

test('readiness is 200 while ready and 503 with the reason otherwise', async (t) => {
  let state = { ready: false, reason: 'starting' };
  const { port } = await running(t, startReadiness({ address: '127.0.0.1:0', log, readiness: () => state }));
  const check = async (): Promise<[number, string]> => {
    const { status, body } = await ask(port, 'GET', '/healthz/ready');
    return [status, body];
  };
  assert.deepEqual(await check(), [503, 'starting\n']);
  state = { ready: true, reason: '' };
  assert.deepEqual(await check(), [200, 'ready\n']);
  state = { ready: false, reason: 'draining' };
  assert.deepEqual(await check(), [503, 'draining\n']);
});

test('close frees the port', async () => {
  const first = await startAdmin(adminOptions());
  await first.close();
  const second = await startAdmin(adminOptions({ address: `127.0.0.1:${first.port}` }));
  await second.close();
});
