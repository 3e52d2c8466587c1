/** The npm package: packed from a copy of the sources, installed in an empty folder, run. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { eventually } from '../testkit/client.ts';
import { startUpstream } from '../testkit/upstream.ts';
import { descendants, isRunning } from './process/process-tree.ts';
import { answering, config, get, pretendOld, processPorts, startWaygate } from './process/waygate-process.ts';

const repository = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'waygate-package-'));
const installed = join(folder, 'empty');
const program = join(installed, 'node_modules/.bin/waygate');
const limit = { timeout: 60_000 };
let packed: readonly string[] = [];

before(
  () => {
    const sources = join(folder, 'sources');
    const left = new Set(['node_modules', 'dist', '.git'].map((name) => join(repository, name)));
    cpSync(repository, sources, { recursive: true, filter: (path) => !left.has(path) });
    symlinkSync(join(repository, 'node_modules'), join(sources, 'node_modules'));
    npm(sources, 'pack', '--silent', '--pack-destination', folder);
    const tarball =
      readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? assert.fail('npm pack made no tarball');
    const list = execFileSync('tar', ['-tf', join(folder, tarball)], { encoding: 'utf8' });
    packed = list.split('\n').filter((path) => path !== '');
    mkdirSync(installed);
    npm(installed, 'install', '--silent', '--prefer-offline', '--no-audit', '--no-fund', join(folder, tarball));
  },
  { timeout: 200_000 },
);

after(() => rmSync(folder, { recursive: true, force: true }));

function npm(cwd: string, ...args: readonly string[]): void {
  execFileSync('npm', args, { cwd, stdio: 'pipe' });
}

test('the tarball holds what users need, and no sources or tests', limit, () => {
  const paths = packed.map((path) => path.replace(/^package\//, ''));
  for (const path of [
    'bin/waygate',
    'dist/waygate.mjs',
    'dist/worker.mjs',
    'schema/config.json',
    'examples/http/config.yaml',
    'README.md',
    'LICENSE',
    'package.json',
  ]) {
    assert.ok(paths.includes(path), `${path} is missing`);
  }
  const known = /^(bin|dist|schema|examples)\/|^(README\.md|LICENSE|package\.json)$/;
  const unwanted = paths.filter((path) => !known.test(path) || /\.ts$|\.test\.|\/certs\/|-key\.pem$/.test(path));
  assert.deepEqual(unwanted, []);
});

/** A Node older than 24 on this machine, as users have it; else this Node, which pretends. */
function oldNode(): readonly [string, ...string[]] {
  for (const path of (process.env['PATH'] ?? '').split(delimiter)) {
    const node = join(path, 'node');
    if (!path.includes('node_modules') && versionOf(node) < 24) return [node];
  }
  return [process.execPath, '--import', pretendOld];
}

function versionOf(node: string): number {
  try {
    return Number.parseInt(execFileSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }), 10);
  } catch {
    return Number.POSITIVE_INFINITY; // there is none
  }
}

const nodes = [
  ['the Node that runs the tests', [process.execPath]],
  ['an older Node, which runs the one that npm installed', oldNode()],
] as const;

for (const [name, node] of nodes) {
  const command = [...node, program] as const;

  test(`it tells its version on ${name}`, limit, async (t) => {
    const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { version: string };
    const waygate = startWaygate(t, { command, args: ['--version'], cwd: installed });
    assert.deepEqual(await waygate.ended, { code: 0, signal: null }, waygate.stderr());
    assert.equal(waygate.stdout(), `waygate ${version}\n`);
  });

  test(`it serves with worker threads, and SIGTERM ends all of it with 0, on ${name}`, limit, async (t) => {
    const ports = await processPorts();
    const args = ['-c', config(ports, 2, answering('hello'))];
    const waygate = startWaygate(t, { command, args, cwd: installed });
    await waygate.says('ready');
    assert.equal(await get(ports.data), 'hello');
    const started = descendants(waygate.child.pid ?? 0);
    const ownNode = started.find(({ executable }) => executable.endsWith('/node'));
    if (node.length > 1 || versionOf(node[0]) < 24) {
      assert.ok(ownNode?.executable.startsWith(installed), `it runs on ${ownNode?.executable}`);
    } else assert.equal(ownNode, undefined);
    waygate.child.kill('SIGTERM');
    assert.deepEqual(await waygate.ended, { code: 0, signal: null });
    await eventually(() => !started.some(({ pid }) => isRunning(pid)), 'the end of its children');
  });
}

test('it serves without worker threads', limit, async (t) => {
  const ports = await processPorts();
  const args = ['-c', config(ports, 1, answering('hello'))];
  const waygate = startWaygate(t, { command: [process.execPath, program], args, cwd: installed });
  await waygate.says('ready');
  assert.equal(await get(ports.data), 'hello');
  waygate.child.kill('SIGTERM');
  assert.deepEqual(await waygate.ended, { code: 0, signal: null });
});

test('it brings Cedar along, which only configurations with its policies load', limit, async (t) => {
  const ports = await processPorts();
  const policy = 'permit(principal, action, resource) when { context.request.path like "/open/*" };';
  const route = `policies: { directResponse: { status: 200, body: open }, authorization: { cedar: { policies: '${policy}' } } }`;
  const args = ['-c', config(ports, 2, route)];
  const waygate = startWaygate(t, { command: [process.execPath, program], args, cwd: installed });
  await waygate.says('ready');
  assert.equal(await get(ports.data, '/open/a'), 'open');
  assert.match(await get(ports.data, '/closed'), /authorizationFailed/);
  waygate.child.kill('SIGTERM');
  assert.deepEqual(await waygate.ended, { code: 0, signal: null });
});

test('it prints the schema that it came with', limit, async (t) => {
  const waygate = startWaygate(t, { command: [process.execPath, program], args: ['schema'], cwd: installed });
  assert.deepEqual(await waygate.ended, { code: 0, signal: null }, waygate.stderr());
  assert.equal(waygate.stdout(), readFileSync(join(installed, 'node_modules/waygate/schema/config.json'), 'utf8'));
});

test('it is a command for npx', limit, async (t) => {
  const waygate = startWaygate(t, { command: ['npx', '--offline', 'waygate'], args: ['--help'], cwd: installed });
  assert.deepEqual(await waygate.ended, { code: 0, signal: null }, waygate.stderr());
  assert.match(waygate.stdout(), /waygate/);
});

test('models, and MCP servers that came with it, work in the bundle', limit, async (t) => {
  const ports = await processPorts();
  const server = join(installed, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js');
  const sections = `
llm:
  models: [{ name: demo, provider: demo }]
mcp:
  targets: [{ name: everything, stdio: { cmd: "${process.execPath}", args: ["${server}"] } }]
`;
  const args = ['-c', config(ports, 2, answering('hello')).replace(/routes:\n[^]*/, sections)];
  const waygate = startWaygate(t, { command: [process.execPath, program], args, cwd: installed });
  await waygate.says('ready');
  const chat = await fetch(`http://127.0.0.1:${ports.data}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"model":"demo","messages":[{"role":"user","content":"hello"}]}',
  });
  assert.match(await chat.text(), /"usage":\{"prompt_tokens":7,/);
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${ports.data}/mcp`)));
  const said = await client.callTool({ name: 'echo', arguments: { message: 'hello' } });
  assert.deepEqual(said.content, [{ type: 'text', text: 'Echo: hello' }]);
  await client.close();
});

test('the libraries of the clouds work in the bundle, loaded when they are needed', limit, async (t) => {
  await using upstream = await startUpstream(({ headers }, response) => response.end(headers.authorization));
  const hour = new Date(Date.now() + 3_600_000).toISOString();
  await using clouds = await startUpstream(({ url }, response) => {
    response.setHeader('metadata-flavor', 'Google').setHeader('content-type', 'application/json');
    const aws = { AccessKeyId: 'AKBOX', SecretAccessKey: 'secret', Token: 'session', Expiration: hour };
    const google = { access_token: 'of-google', expires_in: 3599, token_type: 'Bearer' };
    response.end(JSON.stringify(url === '/aws' ? aws : google));
  });
  const env = {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://${clouds.host}/aws`,
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    GCE_METADATA_HOST: clouds.host,
    CLOUDSDK_CONFIG: '/nonexistent',
  };
  const ports = await processPorts();
  const route = (path: string, auth: string): string =>
    `- matches: [{ path: { exact: ${path} } }]\n  backends: [{ host: "${upstream.host}", policies: { backendAuth: ${auth} } }]`;
  const routes = `routes:\n${route('/aws', '{ aws: { region: us-east-1 } }')}\n${route('/google', '{ gcp: {} }')}\n`;
  const args = ['-c', config(ports, 2, answering('hello')).replace(/routes:\n[^]*/, routes)];
  const waygate = startWaygate(t, { command: [process.execPath, program], args, cwd: installed, env });
  await waygate.says('ready');
  const says = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${ports.data}${path}`)).text();
  assert.match(await says('/aws'), /^AWS4-HMAC-SHA256 Credential=AKBOX\/\d{8}\/us-east-1\/bedrock\/aws4_request, /);
  assert.equal(await says('/google'), 'Bearer of-google');
  assert.doesNotMatch(waygate.stderr(), /warn|deprecated/i);
});
