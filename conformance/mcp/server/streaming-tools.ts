/** Tools that say something before they answer. */
import type { McpServer } from '@modelcontextprotocol/server';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { text } from './content.ts';

const pauseMs = 50;
const none = z.object({});

/** Tells clients that lists have changed, though they have not. */
export interface ListNotifier {
  toolsChanged(): void;
  promptsChanged(): void;
}

/** Those for logging, progress, resumption and changes of lists. */
export function registerStreamingTools(server: McpServer, notifier: ListNotifier): void {
  server.registerTool(
    'test_tool_with_logging',
    { description: 'Logs three times', inputSchema: none },
    async (_, ctx) => {
      await ctx.mcpReq.log('info', 'Tool execution started');
      await pause(pauseMs);
      await ctx.mcpReq.log('info', 'Tool processing data');
      await pause(pauseMs);
      await ctx.mcpReq.log('info', 'Tool execution completed');
      return text('Logged.');
    },
  );
  server.registerTool('test_logging_tool', { description: 'Logs once', inputSchema: none }, async (_, ctx) => {
    await ctx.mcpReq.log('info', 'only for those who want to know');
    return text('Logged.');
  });
  server.registerTool(
    'test_tool_with_progress',
    { description: 'Reports progress', inputSchema: none },
    async (_, ctx) => {
      const progressToken = ctx.mcpReq._meta?.progressToken;
      for (const progress of progressToken === undefined ? [] : [0, 50, 100]) {
        const params = { progressToken: progressToken ?? '', progress, total: 100, message: `${progress} of 100` };
        await ctx.mcpReq.notify({ method: 'notifications/progress', params });
        await pause(pauseMs);
      }
      return text(String(progressToken ?? 'no token'));
    },
  );
  server.registerTool(
    'test_reconnection',
    { description: 'Ends its stream before it answers', inputSchema: none },
    async (_, ctx) => {
      ctx.http?.closeSSE?.();
      await pause(2 * pauseMs);
      return text('The client has come back.');
    },
  );
  server.registerTool('test_streaming_elicitation', { description: 'Asks for nothing', inputSchema: none }, () =>
    text('Nothing was asked.'),
  );
  server.registerTool('test_trigger_tool_change', { description: 'Says that tools changed', inputSchema: none }, () => {
    notifier.toolsChanged();
    return text('Said so.');
  });
  server.registerTool(
    'test_trigger_prompt_change',
    { description: 'Says that prompts changed', inputSchema: none },
    () => {
      notifier.promptsChanged();
      return text('Said so.');
    },
  );
}
