/** Tasks of the extension by the specification's own package for TypeScript, over the official client. */
import { pathToFileURL } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { mcpTools } from '../../../testkit/mcp/tools.ts';

/** What of the package is used here; it has types of its own where it is installed. */
interface TasksPackage {
  createTaskSessionFromClient(client: Client, options: object): TaskSession;
}

/** A client that may have tasks in place of results. */
export interface TaskSession {
  callTool(name: string, params: object): Promise<TaskExecution>;
  /** A task by its id, wherever that is from. */
  task(taskId: string): { snapshot(): Promise<{ readonly status: string }>; cancel(): Promise<void> };
  resumeTask(reference: object): Promise<TaskExecution>;
  close(): Promise<void>;
}

/** The same with what servers tell it. */
export interface ListeningSession extends TaskSession {
  /** Notifications, as the client has understood them. */
  readonly heard: readonly {
    readonly method: string;
    readonly params?: Readonly<Record<string, unknown>> | undefined;
  }[];
  /** What of a message the package could not understand. */
  readonly problems: readonly Error[];
  /** Asks to be told of a task. */
  listen(taskId: string): Promise<void>;
}

/** A call on its way. */
export interface TaskExecution {
  readonly kind: 'immediate' | 'task';
  readonly handle?: { readonly taskId: string };
  serializeReference(): object;
  cancel(): Promise<void>;
  detach(): Promise<void>;
  settle(): Promise<{
    readonly outcome: { readonly status: string; readonly result?: unknown; readonly error?: Error };
  }>;
}

const clientInfo = { name: 'tasks', version: '1' };

/** Connects as whoever has this key; `asked` gets what servers ask, and every question is answered with a name. */
export async function taskSession(url: URL, key: string, asked: string[] = []): Promise<ListeningSession> {
  const headers = { authorization: `Bearer ${key}` };
  const capabilities = { elicitation: {}, extensions: { 'io.modelcontextprotocol/tasks': {} } };
  const client = new Client(clientInfo, { capabilities, versionNegotiation: { mode: { pin: '2026-07-28' } } });
  const heard: ListeningSession['heard'][number][] = [];
  const problems: Error[] = [];
  client.fallbackNotificationHandler = async (notification) => {
    heard.push(notification);
  };
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
  const { createTaskSessionFromClient } = (await import(pathToFileURL(mcpTools.extTasks).href)) as TasksPackage;
  let id = 0;
  const session = createTaskSessionFromClient(client, {
    endpointId: url.href,
    v2RequestFraming: { protocolVersion: '2026-07-28', clientInfo, clientCapabilities: capabilities },
    onError: (error: Error) => problems.push(error),
    // The client's own way knows nothing of tasks; on a connection of its own, each request may reach any worker.
    async rawDispatch({ method, params }: { method: string; params: { name?: string; taskId?: string } }) {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          ...headers,
          connection: 'close',
          accept: 'application/json, text/event-stream',
          'content-type': 'application/json',
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': method,
          'mcp-name': params.taskId ?? params.name ?? '',
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params }),
      });
      const answer = (await response.json()) as { readonly result?: unknown; readonly error?: unknown };
      return answer.error === undefined
        ? { kind: 'result', result: answer.result }
        : { kind: 'error', error: answer.error };
    },
    async onInputRequest({ params }: { readonly params: { readonly message: string } }) {
      asked.push(params.message);
      return { action: 'accept', content: { name: 'Ada' } };
    },
  });
  return {
    heard,
    problems,
    async listen(taskId) {
      // The type of the package knows of no extensions.
      const filter: object = { taskIds: [taskId] };
      await client.listen(filter);
    },
    callTool: (name, params) => session.callTool(name, params),
    task: (taskId) => session.task(taskId),
    resumeTask: (reference) => session.resumeTask(reference),
    async close() {
      await session.close();
      await client.close();
    },
  };
}
