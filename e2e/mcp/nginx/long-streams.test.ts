/** Streams of official clients through an nginx that ends what is silent, and holds answers back, as it does by default. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { eventually } from '../../../testkit/client.ts';
import { freePorts } from '../../../testkit/free-ports.ts';
import { temporaryFolder } from '../../process/waygate-process.ts';
import { startMcpGateway } from '../mcp-gateway.ts';
import { openRawSession } from '../raw-session.ts';
import { startHttpServer } from '../real/http-server.ts';

const uri = 'demo://resource/dynamic/text/1';

interface Nginx {
  readonly url: URL;
  /** What it noted of streams that it gave up. */
  errors(): string;
}

async function startNginx(t: TestContext, upstream: URL, silenceS = 20): Promise<Nginx> {
  const [port = 0] = await freePorts(1);
  const folder = temporaryFolder(t);
  const errors = join(folder, 'error.log');
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid; error_log ${errors}; events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass ${upstream.origin};
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_read_timeout ${silenceS}s;
    }
  }
}`,
  );
  const child = spawn('nginx', ['-c', join(folder, 'nginx.conf'), '-p', folder], { stdio: 'ignore' });
  t.after(async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
  const url = new URL(`http://127.0.0.1:${port}/mcp`);
  const answers = (): Promise<boolean> =>
    fetch(url).then(
      () => true,
      () => false,
    );
  await eventually(answers, 'nginx');
  return { url, errors: () => readFileSync(errors, 'utf8') };
}

/** Who asked for updates of the resource, and those that came. */
interface Hearer {
  readonly client: Client;
  readonly updates: unknown[];
}

async function connect(t: TestContext, url: URL, mode: 'legacy' | { pin: string }): Promise<Hearer> {
  const client = new Client({ name: 'long', version: '1' }, { versionNegotiation: { mode } });
  const updates: unknown[] = [];
  client.fallbackNotificationHandler = async ({ method, params }) => {
    if (method === 'notifications/resources/updated') updates.push(params?.['uri']);
  };
  await client.connect(new StreamableHTTPClientTransport(url));
  t.after(() => client.close());
  return { client, updates };
}

/** Reads a stream until two comments have come. */
async function twoComments(response: Response): Promise<void> {
  let text = '';
  for await (const part of (response.body ?? assert.fail('no body')).pipeThrough(new TextDecoderStream())) {
    text += part;
    if ([...text.matchAll(/^:.*\n\n/gm)].length >= 2) return;
  }
  assert.fail(`the stream ended: ${text}`);
}

test('streams stay open while nothing happens, and tell at once what does', { timeout: 120_000 }, async (t) => {
  const server = await startHttpServer(t, 'streamableHttp');
  const target = `- name: everything\n  mcp: { host: "${server.url}" }`;
  const gateway = await startMcpGateway(t, target, {}, { workers: 1 });
  const nginx = await startNginx(t, gateway.url);
  const older = await connect(t, nginx.url, 'legacy');
  await older.client.subscribeResource({ uri });
  const newer = await connect(t, nginx.url, { pin: '2026-07-28' });
  await newer.client.listen({ resourceSubscriptions: [uri] });

  const stop = new AbortController();
  t.after(() => stop.abort());
  const beside = await openRawSession(nginx.url);
  await twoComments(await beside.listen(stop.signal));

  for (const { client, updates } of [older, newer]) {
    await client.callTool({ name: 'toggle-subscriber-updates', arguments: {} });
    await eventually(() => updates.includes(uri), 'an update');
  }
  assert.doesNotMatch(nginx.errors(), /timed out|prematurely/);
});

test('calls are not given up on the way, however long their server is silent', { timeout: 120_000 }, async (t) => {
  const server = await startHttpServer(t, 'streamableHttp');
  const target = `- name: everything\n  mcp: { host: "${server.url}" }`;
  const gateway = await startMcpGateway(t, target, {}, { workers: 1 });
  const nginx = await startNginx(t, gateway.url, 31);
  const calls = (['legacy', { pin: '2026-07-28' }] as const).map(async (mode) => {
    const { client } = await connect(t, nginx.url, mode);
    // One step at the end: there is no progress before.
    const operation = { name: 'trigger-long-running-operation', arguments: { duration: 36, steps: 1 } };
    return JSON.stringify(await client.callTool(operation, { maxTotalTimeout: 90_000, timeout: 90_000 }));
  });
  for (const result of await Promise.all(calls)) assert.match(result, /operation completed/);
  assert.doesNotMatch(nginx.errors(), /timed out|prematurely/);
});
