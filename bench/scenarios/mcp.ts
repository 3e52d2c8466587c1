import { openSession, rpc, type SessionFields } from '../lib/mcp-session.ts';
import type { LoadRequest } from '../lib/wrk.ts';
import type { Ports, Scenario } from './scenario.ts';

const sessions = 64;
const budget = '≤ 150 µs';
const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const call = (name: string): string => numbered('tools/call', { name, arguments: { q: 'x' } });
const list = numbered('tools/list', {});
/** 3 calls to 1 list; in the long run each session calls tools of all servers. */
const mix = [1, 2, 3, 4, 5].flatMap((i) => [
  call(`s${i}_s${i}-tool${i}`),
  call(`s${(i % 5) + 1}_s${(i % 5) + 1}-tool0`),
  call(`s${((i + 1) % 5) + 1}_s${((i + 1) % 5) + 1}-tool9`),
  list,
]);

/** A request whose id the load tool counts up: ids in flight must differ. */
function numbered(method: string, params: unknown): string {
  return rpc(0, method, params).replace('"id":0', '"id":@id@');
}

/** Requests that take turns in many sessions. */
async function inSessions(port: number, bodies: readonly string[]): Promise<LoadRequest> {
  const turns: SessionFields[] = [];
  for (let i = 0; i < sessions; i++) turns.push(await openSession(port));
  return { method: 'POST', path: '/mcp', turns, bodies, counted: true, failure: '"error"' };
}

/** A call of a client without a session (2026-07-28). */
function sessionless(name: string): LoadRequest {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
    'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
  };
  const body = numbered('tools/call', { name, arguments: { q: 'x' }, _meta: meta });
  const fields = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': name };
  const all = { ...headers, ...fields };
  return { method: 'POST', path: '/mcp', headers: all, bodies: [body], counted: true, failure: '"error"' };
}

const yardstick = { method: 'POST', path: '/mcp/s1', headers, bodies: [call('s1-tool1')], counted: true };

function scenario(
  name: string,
  title: string,
  port: (ports: Ports) => number,
  bodies: readonly string[],
  more: Partial<Scenario> = {},
): Scenario {
  const request = (ports: Ports): Promise<LoadRequest> => inSessions(port(ports), bodies);
  return { name, title, connections: sessions, port, request, yardstick, budget, ...more };
}

const cached = (ports: Ports): number => ports.mcp;
const cold = (ports: Ports): number => ports.mcpCold;

/** Five servers with ten tools each, one of them of 2026-07-28, results of 1 KiB, 64 sessions. */
export const mcpScenarios: readonly Scenario[] = [
  scenario('mcp-mix', 'MCP 3 tools/call : 1 tools/list, lists cached', cached, mix, { atHalf: true }),
  scenario('mcp-mix-cold', 'MCP 3 tools/call : 1 tools/list, every list fanning out to 5', cold, mix, { budget: '–' }),
  scenario(
    'mcp-call',
    'MCP tools/call',
    cached,
    mix.filter((body) => body !== list),
  ),
  scenario('mcp-list', 'MCP tools/list of 50 tools, cached', cached, [list]),
  scenario('mcp-list-cold', 'MCP tools/list of 50 tools, fanning out to 5', cold, [list], {
    budget: 'beside 5 × own post-2k',
  }),
  {
    name: 'mcp-call-2026',
    title: 'MCP tools/call of 2026-07-28 to servers with sessions',
    connections: sessions,
    port: cached,
    request: () => sessionless('s1_s1-tool1'),
    yardstick,
    budget,
  },
];
