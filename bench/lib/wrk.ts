import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A request for the load tool. */
export interface LoadRequest {
  readonly method?: string;
  readonly path: string;
  /** Over TLS; certificates are not verified. */
  readonly secure?: true;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sets of header fields in place of `headers` that take turns, one for each body in a row. */
  readonly turns?: readonly Readonly<Record<string, string>>[];
  /** Longest pause of a connection before each request, in milliseconds; the mean is half of it. */
  readonly pauseMs?: number;
  /** One body, or several that take turns. */
  readonly bodies?: readonly string[];
  /** Each request gets a number of its own in place of `@id@`. */
  readonly counted?: boolean;
  /** A body that holds this text counts as an error. */
  readonly failure?: string;
}

/** What one run of the load tool saw. */
export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers other than 2xx, and socket errors. */
  readonly errors: number;
}

/** Runs wrk against a server on this machine for `seconds` with `connections` connections. */
export async function runLoad(
  port: number,
  request: LoadRequest,
  options: { seconds: number; connections: number; core: number },
): Promise<LoadResult> {
  const script = join(mkdtempSync(join(tmpdir(), 'bench-')), 'load.lua');
  writeFileSync(script, lua(request));
  const output = await run('taskset', [
    '-c',
    String(options.core),
    'wrk',
    '-t1',
    `-c${options.connections}`,
    `-d${options.seconds}s`,
    '--latency',
    '-s',
    script,
    `${request.secure === true ? 'https' : 'http'}://127.0.0.1:${port}${request.path}`,
  ]);
  const line = /^RESULT (.*)$/m.exec(output)?.[1];
  if (line === undefined) throw new Error(`wrk printed no result:\n${output}`);
  const [requests = 0, micros = 1, p50 = 0, p99 = 0, errors = 0] = line.split(' ').map(Number);
  return { requests, perSecond: requests / (micros / 1e6), p50Ms: p50 / 1000, p99Ms: p99 / 1000, errors };
}

function lua(request: LoadRequest): string {
  const {
    method = 'GET',
    path,
    headers = {},
    turns = [headers],
    bodies = [],
    counted = false,
    failure,
    pauseMs,
  } = request;
  const fields = turns.map((turn) => {
    const pairs = Object.entries(turn).map(([name, value]) => `["${name}"]=${quote(value)}`);
    return `{ ${pairs.join(', ')} }`;
  });
  const count = Math.max(1, bodies.length);
  const format = (body: string): string => `wrk.format(${quote(method)}, ${quote(path)}, headers, ${body})`;
  return `
local bodies = { ${bodies.map(quote).join(', ')} }
local turns = { ${fields.join(', ')} }
local headers = turns[1]
local formatted = {}
local turn = 0
local threads = {}
failures = 0
function setup(thread) table.insert(threads, thread) end
function init() for i = 1, ${count} do formatted[i] = ${format('bodies[i]')} end end
function request()
  turn = turn + 1
${
  counted || turns.length > 1
    ? `  headers = turns[turn % ${turns.length} + 1]
  local body = bodies[math.floor(turn / ${turns.length}) % ${count} + 1]
  return ${format('body and (body:gsub("@id@", turn))')}`
    : `  return formatted[turn % ${count} + 1]`
}
end
${failure === undefined ? '' : `function response(status, fields, body) if body:find(${quote(failure)}, 1, true) then failures = failures + 1 end end`}
${pauseMs === undefined ? '' : `function delay() return math.random(0, ${Math.round(pauseMs)}) end`}
function done(summary, latency)
  local e = summary.errors
  local failed = 0
  for _, thread in ipairs(threads) do failed = failed + thread:get("failures") end
  io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout + failed))
end
`;
}

function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += String(chunk)));
    child.stderr.on('data', (chunk: Buffer) => (output += String(chunk)));
    child.once('error', reject);
    child.once('exit', () => resolve(output));
  });
}
