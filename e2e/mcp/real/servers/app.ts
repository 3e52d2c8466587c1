/** A server of the official SDK on stdio, with what none of the four has: a view of MCP Apps, icons, a page to visit. */
import { randomUUID } from 'node:crypto';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const server = new McpServer({ name: 'app', version: '1' });
const view = 'ui://clock/view.html';

server.registerTool('clock', { _meta: { ui: { resourceUri: view } } }, () => ({
  content: [{ type: 'text', text: 'twelve' }],
}));
server.registerResource('view', view, { mimeType: 'text/html;profile=mcp-app' }, ({ href }) => ({
  contents: [{ uri: href, mimeType: 'text/html;profile=mcp-app', text: '<p>twelve</p>' }],
}));

server.registerTool('consent', {}, async () => {
  const elicitationId = randomUUID();
  const { action } = await server.server.elicitInput({
    mode: 'url',
    message: 'Please agree.',
    url: 'https://example.com/agree',
    elicitationId,
  });
  await server.server.createElicitationCompletionNotifier(elicitationId)();
  return { content: [{ type: 'text', text: `${action} ${elicitationId}` }] };
});

// The package has no setting for icons of tools.
const handlers = (
  server.server as unknown as { _requestHandlers: Map<string, (...args: unknown[]) => Promise<object>> }
)._requestHandlers;
const list = handlers.get('tools/list') ?? (async () => ({ tools: [] }));
server.server.setRequestHandler(ListToolsRequestSchema, async (request, extra) => {
  const { tools } = (await list(request, extra)) as { tools: { name: string; inputSchema: { type: 'object' } }[] };
  const icons = [
    'https://example.com/i.png',
    'data:image/png;base64,AA==',
    'http://10.0.0.1/i.png',
    'file:///etc/passwd',
  ];
  return { tools: tools.map((tool) => ({ ...tool, icons: icons.map((src) => ({ src })) })) };
});

await server.connect(new StdioServerTransport());
