/** `server-everything` over HTTP, as a process that a test can end and start anew. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { freePorts } from '../../../testkit/free-ports.ts';
import { serverCommands } from './fleet.ts';

/** The server, which runs at first. */
export interface HttpServer {
  readonly url: string;
  /** Kills it. */
  kill(): Promise<void>;
  /** Starts it on the same port, knowing nothing of what was. */
  start(): Promise<void>;
}

/** Starts it with one of its transports. */
export async function startHttpServer(t: TestContext, transport: 'streamableHttp' | 'sse'): Promise<HttpServer> {
  const [port = 0] = await freePorts(1);
  const [command, ...args] = serverCommands('').everything;
  let stop = async (): Promise<void> => undefined;
  const start = async (): Promise<void> => {
    const child = spawn(command, [...args, transport], {
      env: { PATH: process.env['PATH'], PORT: String(port) },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = once(child, 'exit');
    let said = '';
    await new Promise<void>((resolve, reject) => {
      child.stderr.on('data', (part: Buffer) => {
        said += part.toString();
        if (said.includes(`port ${port}`)) resolve();
      });
      child.on('exit', () => reject(new Error(said)));
    });
    stop = async () => {
      child.kill('SIGKILL');
      await ended;
      stop = async () => undefined;
    };
  };
  t.after(() => stop());
  await start();
  return { url: `http://127.0.0.1:${port}/${transport === 'sse' ? 'sse' : 'mcp'}`, kill: () => stop(), start };
}
