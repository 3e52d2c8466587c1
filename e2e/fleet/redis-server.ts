import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { temporaryFolder } from '../process/waygate-process.ts';

/** A Redis of this machine on a loopback port, ended with the test. */
export interface RedisServer {
  readonly url: string;
  start(): Promise<void>;
  /** Ends it at once, as a power cut does. */
  kill(): Promise<void>;
}

/** A Redis that keeps nothing on disk; not started yet. @param more Further arguments of the server. */
export function redisServer(t: TestContext, port: number, more: readonly string[] = []): RedisServer {
  const folder = temporaryFolder(t);
  let child: ChildProcess | null = null;
  const kill = async (): Promise<void> => {
    const running = child;
    child = null;
    if (running === null || running.exitCode !== null) return;
    running.kill('SIGKILL');
    await once(running, 'exit');
  };
  t.after(kill);
  return {
    url: `redis://127.0.0.1:${port}/0`,
    async start() {
      const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
      const started = spawn('redis-server', [...args, ...more], { stdio: ['ignore', 'pipe', 'inherit'] });
      child = started;
      let said = '';
      for await (const chunk of started.stdout) {
        said += String(chunk);
        if (said.includes('Ready to accept connections')) break;
      }
      started.stdout.resume();
    },
    kill,
  };
}
