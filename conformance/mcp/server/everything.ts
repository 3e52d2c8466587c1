/** All that the scenarios of the official suite call for, as one server of the official package. */
import { McpServer } from '@modelcontextprotocol/server';
import { registerAskingTools } from './asking-tools.ts';
import { registerInputTools, states } from './input-tools.ts';
import { registerPlainTools } from './plain-tools.ts';
import { registerPrompts, registerResources } from './resources.ts';
import { registerStreamingTools, type ListNotifier } from './streaming-tools.ts';

/** One instance: for a session, or for a request without one. */
export function makeServer(notifier: ListNotifier): McpServer {
  const server = new McpServer(
    { name: 'reference', version: '1' },
    {
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        logging: {},
        completions: {},
      },
      requestState: { verify: states.verify },
    },
  );
  registerPlainTools(server);
  registerStreamingTools(server, notifier);
  registerAskingTools(server);
  registerInputTools(server);
  registerResources(server);
  registerPrompts(server);
  server.server.setRequestHandler('completion/complete', () => ({
    completion: { values: [], total: 0, hasMore: false },
  }));
  return server;
}
