/** Waygate as it starts without a configuration, on its default ports; each test goes on where the last one ended. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { monotonicMs } from '../src/base/clock.ts';
import { eventually, send } from '../testkit/client.ts';
import { descendants, isRunning, type RunningProcess } from './process/process-tree.ts';
import { isListening, startWaygate, temporaryFolder, type Waygate } from './process/waygate-process.ts';

const ports = { llm: 4000, mcp: 3000, admin: 15_000, metrics: 15_020, readiness: 15_021 };

/** Starts it where there is no configuration and no key. */
async function startDefaults(t: TestContext): Promise<Waygate> {
  for (const [name, port] of Object.entries(ports)) {
    assert.equal(await isListening(port), false, `port ${port} is taken: this test needs the default ${name} port`);
  }
  const waygate = startWaygate(t, { args: [], cwd: temporaryFolder(t), env: { E2E_SECRET: 'not for children' } });
  await eventually(() => waygate.stdout().includes('Ctrl-C stops.\n') || waygate.child.exitCode !== null, 'the banner');
  return waygate;
}

/** What bash prints for the paragraph of the banner that holds `text`. */
async function paste(banner: string, text: string): Promise<string> {
  const found = banner
    .split('\n\n')
    .filter((paragraph) => /^(curl|SESSION)/.test(paragraph) && paragraph.includes(text));
  assert.equal(found.length, 1, `${found.length} requests of the banner hold ${text}`);
  return (await promisify(execFile)('bash', ['-c', found[0] ?? ''], { timeout: 30_000 })).stdout;
}

function servers(waygate: Waygate): RunningProcess[] {
  return descendants(waygate.child.pid ?? 0).filter(({ commandLine }) =>
    /server-(everything|memory)/.test(commandLine.join(' ')),
  );
}

test('waygate without a configuration', { timeout: 120_000 }, async (t) => {
  const waygate = await startDefaults(t);
  const banner = waygate.stdout();

  await t.test('every URL of the banner answers', async () => {
    const urls = new Map([...banner.matchAll(/^ {2}(\w+) +(http:\S+)/gm)].map(([, name, url]) => [name, url ?? '']));
    assert.deepEqual([...urls.keys()], ['LLM', 'MCP', 'Admin', 'Metrics', 'Readiness']);
    const answer = async (name: string, path = ''): Promise<Response> => fetch(`${urls.get(name)}${path}`);
    assert.equal((await answer('LLM', '/models')).status, 200);
    assert.equal((await answer('MCP')).status, 400, 'a plain GET is of no session');
    assert.equal((await answer('Admin')).status, 200);
    assert.match(await (await answer('Metrics')).text(), /^agentgateway_build_info\{/m);
    assert.equal(await (await answer('Readiness')).text(), 'ready\n');
  });

  await t.test('every request of the banner answers when pasted', async () => {
    const requests = banner.split('\n\n').filter((paragraph) => /^(curl|SESSION)/.test(paragraph));
    assert.equal(requests.length, 4);
    assert.match(await paste(banner, '"Hello"}]}'), /"object":"chat\.completion".*You said: Hello.*"usage":/);
    const stream = await paste(banner, '"stream":true');
    assert.match(stream, /^data: \{.*"object":"chat\.completion\.chunk"/);
    assert.match(stream, /\n\ndata: \[DONE\]\n\n$/);
    assert.match(await paste(banner, '/models'), /"id":"demo"/);
    const tools = await paste(banner, 'tools/list');
    for (const tool of ['echo', 'get-sum', 'create_entities', 'read_graph']) {
      assert.ok(tools.includes(`"name":"${tool}"`), `${tool} is missing: ${tools}`);
    }
  });

  await t.test('children have PATH, HOME and what their target names in their environment, no more', () => {
    const names = servers(waygate).map(({ commandLine, env }) => [
      commandLine.join(' ').match(/server-(everything|memory)/)?.[1],
      Object.keys(env).toSorted(),
    ]);
    assert.deepEqual(Object.fromEntries(names), {
      everything: ['HOME', 'PATH'],
      memory: ['HOME', 'MEMORY_FILE_PATH', 'PATH'],
    });
  });

  await t.test('requests for other hosts, or from pages of other hosts, are refused', async () => {
    const paths = { llm: '/v1/models', mcp: '/mcp', admin: '/config_dump' } as const;
    for (const [name, path] of Object.entries(paths) as [keyof typeof paths, string][]) {
      const port = ports[name];
      const status = async (headers: Record<string, string>): Promise<number> =>
        (await send(port, { path, headers })).status;
      const fine = name === 'mcp' ? 406 : 200;
      for (const host of ['localhost', '127.0.0.1', '[::1]'].flatMap((one) => [one, `${one}:${port}`])) {
        assert.equal(await status({ host }), fine, `${name}: Host ${host}`);
      }
      for (const host of [
        'evil.test',
        `evil.test:${port}`,
        'localhost.evil.test',
        '127.0.0.1.evil.test',
        '192.0.2.1',
      ]) {
        assert.equal(await status({ host }), 403, `${name}: Host ${host}`);
      }
      const host = `localhost:${port}`;
      for (const origin of [
        'http://evil.test',
        `http://localhost.evil.test:${port}`,
        'https://127.0.0.1.evil.test',
        'null',
      ]) {
        assert.equal(await status({ host, origin }), 403, `${name}: Origin ${origin}`);
      }
      if (name !== 'admin') assert.equal(await status({ host, origin: 'http://localhost:5173' }), fine);
    }
  });

  await t.test('models, MCP and admin listen on loopback addresses only', () => {
    const own = new Map([ports.llm, ports.mcp, ports.admin].map((port) => [port, new Set<string>()]));
    for (const { port, address } of listening()) own.get(port)?.add(address);
    for (const [port, addresses] of own) {
      assert.ok(addresses.has(loopback4), `${port} on ${[...addresses].join()}`);
      for (const address of addresses) assert.ok([loopback4, loopback6].includes(address), `${port} on ${address}`);
    }
  });

  await t.test('a second one says so in one line and exits with 1', async (inner) => {
    const second = startWaygate(inner, { args: [], cwd: temporaryFolder(inner) });
    assert.deepEqual(await second.ended, { code: 1, signal: null });
    assert.match(second.stderr(), /^waygate: .*127\.0\.0\.1:\d+ is already in use.*\n$/);
    assert.equal(second.stdout(), '');
    assert.equal((await send(ports.llm, { path: '/v1/models' })).status, 200);
  });

  await t.test('Ctrl-C ends it within 5 seconds, open streams and children included', async () => {
    const stream = await openSession();
    const children = descendants(waygate.child.pid ?? 0);
    assert.ok(children.length >= 3, 'two servers and the guardian');
    const start = monotonicMs();
    waygate.child.kill('SIGINT');
    assert.deepEqual(await waygate.ended, { code: 0, signal: null });
    assert.ok(monotonicMs() - start < 5000, `it took ${monotonicMs() - start} ms`);
    await eventually(() => !children.some(({ pid }) => isRunning(pid)), 'the end of its children');
    await stream.text().catch(() => 'broken');
    for (const port of Object.values(ports)) assert.equal(await isListening(port), false);
  });
});

/** The stream of a new MCP session, which stays open. */
async function openSession(): Promise<Response> {
  const url = `http://localhost:${ports.mcp}/mcp`;
  const accept = 'application/json, text/event-stream';
  const clientInfo = { name: 'test', version: '1' };
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
  const greeting = await fetch(url, {
    method: 'POST',
    headers: { accept, 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }),
  });
  await greeting.text();
  const stream = await fetch(url, {
    headers: { accept, 'mcp-session-id': greeting.headers.get('mcp-session-id') ?? '' },
  });
  assert.equal(stream.status, 200);
  return stream;
}

const loopback4 = '0100007F';
const loopback6 = '00000000000000000000000001000000';

/** TCP sockets of this machine that listen; addresses in Linux's own notation. */
function listening(): { readonly address: string; readonly port: number }[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) =>
    [...readFileSync(table, 'utf8').matchAll(/^ *\d+: ([0-9A-F]+):([0-9A-F]{4}) \S+ 0A /gm)].map(
      ([, address = '', port = '']) => ({ address, port: Number.parseInt(port, 16) }),
    ),
  );
}
