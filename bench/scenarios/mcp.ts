import type { LoadRequest } from '../lib/wrk.ts';
import type { Ports, Scenario } from './scenario.ts';

const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const call = (name: string): string => numbered('tools/call', { name, arguments: { q: 'x' } });
const list = numbered('tools/list', {});

function rpc(id: number | undefined, method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', ...(id === undefined ? {} : { id }), method, params });
}

/** A request whose id the load tool counts up: ids in flight must differ. */
function numbered(method: string, params: unknown): string {
  return rpc(0, method, params).replace('"id":0', '"id":@id@');
}

/** Opens a session on the gateway and gives the request that the load tool repeats in it. */
async function session(ports: Ports, bodies: readonly string[]): Promise<LoadRequest> {
  const url = `http://127.0.0.1:${ports.mcp}/mcp`;
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } };
  const opened = await fetch(url, { method: 'POST', headers, body: rpc(1, 'initialize', params) });
  await opened.text();
  const id = opened.headers.get('mcp-session-id');
  if (id === null) throw new Error(`initialize gave no session: ${opened.status}`);
  const inSession = { ...headers, 'mcp-session-id': id, 'mcp-protocol-version': '2025-11-25' };
  await fetch(url, { method: 'POST', headers: inSession, body: rpc(undefined, 'notifications/initialized', {}) });
  return { method: 'POST', path: '/mcp', headers: inSession, bodies, counted: true, failure: '"error"' };
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

export const mcpScenarios: readonly Scenario[] = [
  {
    name: 'mcp-call',
    title: 'MCP tools/call, 5 servers × 10 tools',
    connections: 32,
    port: (ports) => ports.mcp,
    request: (ports) =>
      session(
        ports,
        [1, 2, 3, 4, 5].map((i) => call(`s${i}_s${i}-tool${i}`)),
      ),
    yardstick,
    budget: '≤ 150 µs',
  },
  {
    name: 'mcp-mix',
    title: 'MCP tools/call and tools/list in turn, 5 × 10 tools',
    connections: 32,
    port: (ports) => ports.mcp,
    request: (ports) => session(ports, [call('s1_s1-tool1'), list]),
    yardstick,
    budget: '≤ 150 µs',
  },
  {
    name: 'mcp-call-2026',
    title: 'MCP tools/call of 2026-07-28 to servers with sessions, 5 × 10 tools',
    connections: 32,
    port: (ports) => ports.mcp,
    request: () => sessionless('s1_s1-tool1'),
    yardstick,
    budget: '≤ 150 µs',
  },
];
