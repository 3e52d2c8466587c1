// node bench/restart-loss.ts: what clients with new connections notice of a restart in place, of a stop and a start, and of a
// worker that dies; the last also where the kernel gives its queue to the others (needs root: a network namespace of its own).
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { untilAnswers } from './lib/process.ts';

const port = 25_700;
const program = fileURLToPath(new URL('../bin/waygate', import.meta.url));
const inNamespace = process.argv.includes('--in-namespace');
const sysctl = '/proc/sys/net/ipv4/tcp_migrate_req';
const folder = mkdtempSync(join(tmpdir(), 'waygate-loss-'));
const file = join(folder, 'config.yaml');
writeFileSync(
  file,
  `config: { workerThreads: 2, adminAddr: "127.0.0.1:${port + 1}", statsAddr: "127.0.0.1:${port + 2}", readinessAddr: "127.0.0.1:${port + 3}" }
gateways: { default: { port: ${port} } }
routes: [{ policies: { directResponse: { status: 200, body: x } } }]
`,
);

function start(env: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn(
    process.execPath,
    ['--max-semi-space-size=2', '--heap-growing-percent=200', '--v8-pool-size=0', program, '-f', file],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, WAYGATE_STATE_DIR: folder, ...env },
    },
  );
}

/** Opens connections as fast as it can, sixteen at a time, while `work` runs and for a second after. */
async function underLoad(work: () => Promise<void>): Promise<string> {
  let going = true;
  let total = 0;
  let longestMs = 0;
  const failures = new Map<string, number>();
  const one = (): Promise<void> =>
    new Promise((resolve) => {
      const begun = performance.now();
      const failed = (error: NodeJS.ErrnoException): void => {
        failures.set(error.code ?? error.message, (failures.get(error.code ?? error.message) ?? 0) + 1);
        resolve();
      };
      total += 1;
      const asked = request({ port, host: '127.0.0.1', agent: false }, (response) => {
        response.resume();
        response.on('error', failed);
        response.on('end', () => {
          longestMs = Math.max(longestMs, performance.now() - begun);
          resolve();
        });
      });
      asked.on('error', failed);
      asked.end();
    });
  const clients = Array.from({ length: 16 }, async () => {
    while (going) await one();
  });
  await new Promise((resolve) => setTimeout(resolve, 500));
  await work();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  going = false;
  await Promise.all(clients);
  const lost = [...failures].map(([code, count]) => `${count} ${code}`).join(', ');
  return `${total} requests, failed: ${lost === '' ? 'none' : lost}; longest wait ${longestMs.toFixed(0)} ms`;
}

/** Resolves when `child` or its successor says `text`. */
function says(child: ChildProcess, text: string): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    child.stderr?.on('data', (part) => {
      said += String(part);
      if (said.includes(text)) resolve(said);
    });
  });
}

async function dyingWorker(): Promise<string> {
  const child = start({ WAYGATE_TEST_FAULTS: '1' });
  await untilAnswers(`http://127.0.0.1:${port}/`);
  const result = await underLoad(async () => {
    for (let i = 0; i < 5; i++) {
      const replaced = says(child, 'a worker was replaced');
      child.kill('SIGUSR2');
      await replaced;
    }
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
  return result;
}

if (inNamespace) {
  spawnSync('ip', ['link', 'set', 'lo', 'up']);
  writeFileSync(sysctl, '1');
  console.log(`five deaths of a worker, tcp_migrate_req=1: ${await dyingWorker()}`);
} else {
  let child = start();
  await untilAnswers(`http://127.0.0.1:${port}/`);
  let successor = 0;
  const inPlace = await underLoad(async () => {
    const done = says(child, 'a successor serves');
    child.kill('SIGUSR2');
    successor = Number(/a successor serves pid=(\d+)/.exec(await done)?.[1]);
  });
  console.log(`restart in place: ${inPlace}`);
  process.kill(successor, 'SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 2000));
  child = start();
  await untilAnswers(`http://127.0.0.1:${port}/`);
  const stopped = await underLoad(async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
    child = start();
    await untilAnswers(`http://127.0.0.1:${port}/`);
  });
  console.log(`stop and start: ${stopped}`);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
  console.log(`five deaths of a worker, tcp_migrate_req=0: ${await dyingWorker()}`);
  spawnSync('unshare', ['-n', process.execPath, fileURLToPath(import.meta.url), '--in-namespace'], {
    stdio: 'inherit',
  });
}
rmSync(folder, { recursive: true, force: true });
