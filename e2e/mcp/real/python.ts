/** The conversation with the four servers, by the Python clients. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { mcpTools } from '../../../testkit/mcp/tools.ts';
import { script, type Report, type Surroundings } from './report.ts';

const limitMs = 120_000;

function python(program: string, mode: string) {
  return async ({ url, root }: Surroundings): Promise<Report> => {
    const args = [join(import.meta.dirname, 'python', program), url.href, mode, root];
    const env = { PATH: process.env['PATH'], PYTHONDONTWRITEBYTECODE: '1' };
    const child = spawn(mcpTools.python, args, { env, stdio: 'pipe', timeout: limitMs });
    child.stdin.end(script);
    let out = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => (out += part));
    child.stderr.setEncoding('utf8').on('data', (part: string) => (errors += part));
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`${program} ended with ${code}: ${errors}`);
    return JSON.parse(out) as Report;
  };
}

/** How each client has the conversation. */
export const pythonClients: Readonly<Record<string, (surroundings: Surroundings) => Promise<Report>>> = {
  'Python mcp, legacy': python('mcp_client.py', 'legacy'),
  'Python mcp, auto': python('mcp_client.py', 'auto'),
  'Python mcp, pinned': python('mcp_client.py', '2026-07-28'),
  'fastmcp, legacy': python('fastmcp_client.py', 'legacy'),
  'fastmcp, auto': python('fastmcp_client.py', 'auto'),
  'fastmcp, pinned': python('fastmcp_client.py', '2026-07-28'),
};
