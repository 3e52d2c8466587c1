/** A server of the official package for 2026-07-28 on standard input and output; it refuses older clients. */
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';

serveStdio(
  () => {
    const server = new McpServer({ name: 'modern-stdio', version: '1' }, { capabilities: { tools: { listChanged: true } } });
    server.registerTool('repeat', { inputSchema: z.object({ text: z.string() }) }, async ({ text }, ctx) => {
      const progressToken = ctx.mcpReq._meta?.progressToken;
      if (progressToken !== undefined) {
        await ctx.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress: 1 } });
      }
      return { content: [{ type: 'text', text: text + text }] };
    });
    server.registerTool('grow', { inputSchema: z.object({}) }, () => {
      server.registerTool('grown', { inputSchema: z.object({}) }, () => ({ content: [] }));
      return { content: [] };
    });
    return server;
  },
  { legacy: 'reject' },
);
