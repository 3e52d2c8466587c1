// Also a program: node handshakes.ts PORT new|resumed SECONDS CONNECTIONS
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import tls from 'node:tls';
import type { LoadResult } from './wrk.ts';

/** Whether each handshake is a full one, or resumes a session. */
type Kind = 'new' | 'resumed';

/** Makes TLS handshakes from another process; a `request` is one handshake, after which the client leaves. */
export async function runHandshakes(
  port: number,
  kind: Kind,
  { seconds, connections, core }: { seconds: number; connections: number; core: number },
): Promise<LoadResult> {
  const program = [
    process.execPath,
    fileURLToPath(import.meta.url),
    String(port),
    kind,
    String(seconds),
    String(connections),
  ];
  const child = spawn('taskset', ['-c', String(core), ...program], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += String(chunk)));
  await once(child, 'exit');
  return JSON.parse(output) as LoadResult;
}

function connect(port: number, session?: Buffer): tls.TLSSocket {
  // The same work for both: left to itself, nginx takes a group without a post-quantum part, which costs less.
  const options = { port, host: '127.0.0.1', rejectUnauthorized: false, ecdhCurve: 'P-256' };
  return tls.connect(session === undefined ? options : { ...options, session });
}

/** A session that can be resumed any number of times. */
async function firstSession(port: number): Promise<Buffer> {
  const socket = connect(port);
  const [session] = (await once(socket, 'session')) as [Buffer];
  socket.destroy();
  return session;
}

async function load(port: number, kind: Kind, seconds: number, connections: number): Promise<LoadResult> {
  const session = kind === 'resumed' ? await firstSession(port) : undefined;
  const times: number[] = [];
  let errors = 0;
  const started = performance.now();
  const one = async (): Promise<void> => {
    while (performance.now() - started < seconds * 1000) {
      const before = performance.now();
      try {
        const socket = connect(port, session);
        await once(socket, 'secureConnect');
        times.push(performance.now() - before);
        if (socket.isSessionReused() !== (kind === 'resumed')) errors += 1;
        // Not before the server has what ends the handshake.
        socket.resume();
        socket.end();
        await once(socket, 'close');
      } catch (error) {
        if (errors === 0) console.error(error);
        errors += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: connections }, one));
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.floor(part * (sorted.length - 1))] ?? 0;
  return { requests: times.length, perSecond: times.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99), errors };
}

if (import.meta.main) {
  const [port, kind, seconds, connections] = process.argv.slice(2);
  const result = await load(Number(port), kind === 'resumed' ? 'resumed' : 'new', Number(seconds), Number(connections));
  console.log(JSON.stringify(result));
}
