import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from './measure.ts';
import type { LoadResult } from './wrk.ts';

/** A request over HTTP/2. */
export interface Http2Request {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent by POST. */
  readonly body?: Buffer;
  /** Requests of a connection at the same time. */
  readonly streams: number;
}

/** Runs h2load with prior knowledge against a server on this machine. */
export async function runH2load(
  port: number,
  { path, headers = {}, body, streams }: Http2Request,
  { seconds, connections, core }: { seconds: number; connections: number; core: number },
): Promise<LoadResult> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const log = join(folder, 'requests');
    const data = join(folder, 'body');
    if (body !== undefined) writeFileSync(data, body);
    const fields = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
    const pinned = ['-c', String(core), 'h2load', '-t1', `-c${connections}`, `-m${streams}`, `-D${seconds}`];
    const sent = body === undefined ? fields : [...fields, '-d', data];
    const output = await run('taskset', [...pinned, '--log-file', log, ...sent, `http://127.0.0.1:${port}${path}`]);
    return read(output, readFileSync(log, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function read(output: string, log: string): LoadResult {
  const counts = /requests: .*?(\d+) succeeded, (\d+) failed/.exec(output);
  const perSecond = /finished in .*?, ([\d.]+) req\/s/.exec(output)?.[1];
  if (counts === null || perSecond === undefined) throw new Error(`h2load printed no result:\n${output}`);
  // Each line has when a request began, its status, and how long it took in microseconds.
  const times = Float64Array.from(log.trimEnd().split('\n'), (line) => Number(line.split('\t')[2]) / 1000).toSorted();
  const succeeded = Number(counts[1]);
  const good = Number(/status codes: (\d+) 2xx/.exec(output)?.[1] ?? 0);
  return {
    requests: succeeded,
    perSecond: Number(perSecond),
    p50Ms: median([...times]),
    p99Ms: times[Math.floor(times.length * 0.99)] ?? 0,
    errors: Number(counts[2]) + Math.max(0, succeeded - good),
  };
}

function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += String(chunk)));
    child.stderr.on('data', (chunk: Buffer) => (output += String(chunk)));
    child.once('error', reject);
    child.once('close', () => resolve(output));
  });
}
