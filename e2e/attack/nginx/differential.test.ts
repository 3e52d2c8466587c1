import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../../../testkit/client.ts';
import { freePorts } from '../../../testkit/free-ports.ts';
import { startGateway } from '../../../testkit/gateway.ts';
import { attack } from '../clients.ts';
import { attacked } from '../configuration.ts';
import { mutations } from '../mutations.ts';
import { StrictUpstream } from '../strict-upstream.ts';

/** An nginx that logs the method and target of each request that it reads. */
async function startNginx(): Promise<AsyncDisposable & { readonly port: number; requests(): Promise<string[]> }> {
  const [port = 0] = await freePorts(1);
  const folder = mkdtempSync(join(tmpdir(), 'waygate-nginx-'));
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log; events {}
http {
  log_format line '$request';
  access_log ${folder}/access.log line;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  large_client_header_buffers 8 64k;
  server { listen 127.0.0.1:${port}; location / { return 200 ok; } }
}`,
  );
  const nginx = spawn('nginx', ['-c', join(folder, 'nginx.conf'), '-p', folder], { stdio: 'ignore' });
  const answers = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => resolve(true));
      socket.on('error', () => resolve(false)).on('connect', () => socket.destroy());
    });
  await eventually(answers, 'nginx');
  const stop = async (): Promise<void> => {
    if (nginx.exitCode !== null || nginx.signalCode !== null) return;
    nginx.kill('SIGQUIT');
    await once(nginx, 'exit');
  };
  return {
    port,
    async requests() {
      await stop();
      return readFileSync(join(folder, 'access.log'), 'latin1').split('\n').filter(Boolean);
    },
    async [Symbol.asyncDispose]() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

test('nginx behind the gateway reads the requests that a strict server reads, no more and no others', async () => {
  await using nginx = await startNginx();
  const strict = await StrictUpstream.start(nginx.port);
  {
    await using gateway = await startGateway(attacked(strict.host));
    await attack(gateway, mutations(2000, 2));
  }
  await strict[Symbol.asyncDispose]();
  assert.deepEqual(strict.faults, []);
  const seen = [...strict.requests.map(({ line }) => line), ...strict.cut].map((line) => `${line} HTTP/1.1`);
  assert.ok(seen.length > 50);
  // nginx logs some characters as escapes.
  const plain = (line: string): string => line.replaceAll('"', '\\x22').replaceAll(/\\(?!x22)/g, '\\x5C');
  assert.deepEqual((await nginx.requests()).toSorted(), seen.map(plain).toSorted());
});
