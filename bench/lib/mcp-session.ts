/** Sessions of MCP clients for the load tool. */
const accepted = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

/** The header fields of every request of one session. */
export type SessionFields = Readonly<Record<string, string>>;

/** Opens a session at a port of the gateway. */
export async function openSession(port: number): Promise<SessionFields> {
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } };
  const opened = await post(port, accepted, rpc(1, 'initialize', params));
  const id = opened.headers.get('mcp-session-id');
  if (id === null) throw new Error(`initialize gave no session: ${opened.status}`);
  const fields = { ...accepted, 'mcp-session-id': id, 'mcp-protocol-version': '2025-11-25' };
  await post(port, fields, rpc(undefined, 'notifications/initialized', {}));
  return fields;
}

/** Calls a tool in a session; throws when that fails. */
export async function callTool(port: number, fields: SessionFields, name: string): Promise<void> {
  const { text } = await post(port, fields, rpc(2, 'tools/call', { name, arguments: { q: 'x' } }));
  if (!text.includes('"content"')) throw new Error(`${name} was not called: ${text}`);
}

/** The text of a JSON-RPC message. */
export function rpc(id: number | undefined, method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', ...(id === undefined ? {} : { id }), method, params });
}

async function post(
  port: number,
  headers: SessionFields,
  body: string,
): Promise<{ readonly status: number; readonly headers: Headers; readonly text: string }> {
  const response = await fetch(`http://127.0.0.1:${port}/mcp`, { method: 'POST', headers, body });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
