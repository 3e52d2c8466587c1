/** Small MCP servers with ten tools, one for each path: `/mcp/NAME`, or of 2026-07-28 `/mcp/NAME/TTL_MS`. */

interface Request {
  readonly id?: number;
  readonly method: string;
  readonly params?: { readonly name?: string };
}

/** Makes the result's text content as long as a result of 1 KiB has it. */
const filling = 'x'.repeat(950);

/** The JSON-RPC answer to a message; null for a notification. */
export function mcpAnswer(path: string, body: string): string | null {
  const [, , name = '', ttl] = path.split('/');
  const message = JSON.parse(body) as Request;
  if (message.id === undefined) return null;
  const result = ttl === undefined ? handshakeResult(name, message) : modernResult(name, message, Number(ttl));
  const error = { code: -32601, message: 'Method not found' };
  return JSON.stringify({ jsonrpc: '2.0', id: message.id, ...(result === null ? { error } : { result }) });
}

function handshakeResult(name: string, message: Request): object | null {
  switch (message.method) {
    case 'initialize':
      return { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name, version: '1' } };
    case 'tools/list':
      return { tools: tools(name) };
    case 'tools/call':
      return called(message);
    default:
      return message.method === 'ping' ? {} : null;
  }
}

function modernResult(name: string, message: Request, ttlMs: number): object | null {
  const kept = { resultType: 'complete', ttlMs, cacheScope: 'public' };
  switch (message.method) {
    case 'server/discover':
      return { ...kept, supportedVersions: ['2026-07-28'], capabilities: { tools: {} } };
    case 'tools/list':
      return { ...kept, tools: tools(name) };
    case 'tools/call':
      return { resultType: 'complete', ...called(message) };
    default:
      return null;
  }
}

function tools(name: string): object[] {
  return Array.from({ length: 10 }, (_, i) => ({
    name: `${name}-tool${i}`,
    description: 'a tool '.repeat(10),
    inputSchema: { type: 'object', properties: { q: { type: 'string' } } },
  }));
}

function called({ params }: Request): { content: object[] } {
  return { content: [{ type: 'text', text: `${params?.name ?? ''} ${filling}` }] };
}
