/** A server of 2026-07-28 with the tasks extension (SEP-2663), on a real port, that tells of its tasks and says what it was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { uuid } from '../../src/base/random.ts';

const TASKS = 'io.modelcontextprotocol/tasks';
const META = 'io.modelcontextprotocol/';

interface Task {
  readonly taskId: string;
  status: 'working' | 'input_required' | 'completed' | 'failed' | 'cancelled';
  readonly createdAt: string;
  lastUpdatedAt: string;
  readonly ttlMs: number;
  readonly pollIntervalMs: number;
  inputRequests?: Record<string, object>;
  result?: object;
  error?: object;
}

interface Rpc {
  readonly id: string | number;
  readonly method: string;
  readonly params: {
    readonly name?: string;
    readonly taskId?: string;
    readonly arguments?: { readonly seconds?: number; readonly name?: string };
    readonly inputResponses?: Record<string, { readonly content?: Record<string, unknown> }>;
    readonly notifications?: { readonly taskIds?: readonly string[] };
    readonly _meta?: Record<string, { readonly extensions?: object }>;
  };
}

/** The server, as a test sees it. */
export interface TasksServer {
  readonly url: string;
  /** Ids of its tasks, in the order of their making. */
  readonly taskIds: readonly string[];
  /** Values of `Mcp-Name` of requests for tasks. */
  readonly names: readonly string[];
}

const needed = {
  code: -32021,
  message: 'Missing required client capability',
  data: { requiredCapabilities: { extensions: { [TASKS]: {} } } },
};
const elicitation = (message: string): object => ({
  method: 'elicitation/create',
  params: { mode: 'form', message, requestedSchema: { type: 'object', properties: { confirm: { type: 'boolean' } } } },
});
const text = (value: string): object => ({ content: [{ type: 'text', text: value }] });

/** What each tool does with the task that its call became. */
const tools: Readonly<Record<string, (task: Task, params: Rpc['params'], tell: () => void) => void>> = {
  slow_compute(task, params, tell) {
    const { seconds = 0 } = params.arguments ?? {};
    setTimeout(() => {
      if (task.status === 'working') end(task, 'completed', { result: text('computed') }, tell);
    }, seconds * 1000).unref();
  },
  test_tool_with_task: (task, { inputResponses }, tell) =>
    end(task, 'completed', { result: text(JSON.stringify(inputResponses)) }, tell),
  failing_job: (task, _, tell) => end(task, 'completed', { result: { ...text('failed'), isError: true } }, tell),
  protocol_error_job: (task, _, tell) => end(task, 'failed', { error: { code: -32603, message: 'broken' } }, tell),
  confirm_delete: (task) => wait(task, { confirm: elicitation('Delete?') }),
  multi_input: (task) => wait(task, { first: elicitation('First?'), second: elicitation('Second?') }),
};

function end(task: Task, status: Task['status'], outcome: Partial<Task>, tell: () => void): void {
  Object.assign(task, outcome, { status, lastUpdatedAt: new Date().toISOString() });
  delete task.inputRequests;
  tell();
}

function wait(task: Task, inputRequests: Record<string, object>): void {
  Object.assign(task, { status: 'input_required', inputRequests });
}

/** Starts it. */
export async function startTasksServer(t: Pick<TestContext, 'after'>): Promise<TasksServer> {
  const tasks = new Map<string, Task>();
  const names: string[] = [];
  const listeners = new Set<(task: Task) => void>();

  function begin(name: string, rpc: Rpc): object {
    const now = new Date().toISOString();
    const task: Task = {
      taskId: uuid(),
      status: 'working',
      createdAt: now,
      lastUpdatedAt: now,
      ttlMs: 60_000,
      pollIntervalMs: 100,
    };
    tasks.set(task.taskId, task);
    const seed = { resultType: 'task', ...task };
    const tell = (): void => listeners.forEach((listener) => listener(task));
    setImmediate(() => tools[name]?.(task, rpc.params, tell));
    return seed;
  }

  function update(task: Task, answers: NonNullable<Rpc['params']['inputResponses']>): void {
    for (const key of Object.keys(answers)) delete task.inputRequests?.[key];
    if (task.status !== 'input_required' || Object.keys(task.inputRequests ?? {}).length > 0) return;
    end(task, 'completed', { result: text(JSON.stringify(answers)) }, () =>
      listeners.forEach((listener) => listener(task)),
    );
  }

  function answer(rpc: Rpc, declared: boolean): object {
    const { method, params } = rpc;
    if (method === 'server/discover') {
      const capabilities = { tools: {}, extensions: { [TASKS]: {} } };
      return {
        resultType: 'complete',
        supportedVersions: ['2026-07-28'],
        capabilities,
        ttlMs: 0,
        cacheScope: 'private',
      };
    }
    if (method === 'tools/list') {
      const all = ['greet', ...Object.keys(tools)].map((name) => ({
        name,
        inputSchema: { type: 'object' },
      }));
      return { resultType: 'complete', tools: all, ttlMs: 0, cacheScope: 'private' };
    }
    if (method === 'tools/call') {
      const { name = '' } = params;
      if (name === 'failing_job' && !declared) throw needed;
      if (name === 'test_tool_with_task' && params.inputResponses === undefined) {
        const inputRequests = { who: elicitation('Who?') };
        return { resultType: 'input_required', inputRequests, requestState: 'asked' };
      }
      if (tools[name] !== undefined && declared) return begin(name, rpc);
      return { resultType: 'complete', ...text(`Hello, ${params.arguments?.name ?? ''}!`) };
    }
    if (!['tasks/get', 'tasks/update', 'tasks/cancel'].includes(method))
      throw { code: -32601, message: 'Method not found' };
    if (!declared) throw needed;
    const task = tasks.get(params.taskId ?? '');
    if (task === undefined) throw { code: -32602, message: 'Task not found' };
    if (method === 'tasks/get') return { resultType: 'complete', ...task };
    if (method === 'tasks/update') update(task, params.inputResponses ?? {});
    else if (task.status === 'working' || task.status === 'input_required') end(task, 'cancelled', {}, () => undefined);
    return { resultType: 'complete' };
  }

  function listen(rpc: Rpc, response: ServerResponse): void {
    const wanted = rpc.params.notifications?.taskIds ?? [];
    const send = (method: string, params: object): void => {
      const message = { jsonrpc: '2.0', method, params: { ...params, _meta: { [`${META}subscriptionId`]: rpc.id } } };
      response.write(`data: ${JSON.stringify(message)}\n\n`);
    };
    const listener = (task: Task): void => {
      if (wanted.includes(task.taskId)) send('notifications/tasks', task);
    };
    listeners.add(listener);
    response.on('close', () => listeners.delete(listener));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    send('notifications/subscriptions/acknowledged', {
      notifications: { taskIds: wanted.filter((id) => tasks.has(id)) },
    });
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const rpc = JSON.parse(Buffer.concat(chunks).toString()) as Rpc;
    const capabilities = rpc.params?._meta?.[`${META}clientCapabilities`];
    const declared = TASKS in (capabilities?.extensions ?? {});
    const name = request.headers['mcp-name'];
    const fits = !rpc.method.startsWith('tasks/') || name === rpc.params.taskId;
    if (rpc.method.startsWith('tasks/')) names.push(String(name));
    if (rpc.method === 'subscriptions/listen') {
      listen(rpc, response);
      return;
    }
    let body: object;
    let status = 200;
    try {
      if (!fits) throw { code: -32020, message: 'Mcp-Name is not the task of the body' };
      if (rpc.method === 'initialize') throw { code: -32601, message: 'Method not found' };
      body = { jsonrpc: '2.0', id: rpc.id, result: answer(rpc, declared) };
    } catch (error) {
      const { code } = error as { readonly code: number };
      status = code === -32601 ? 404 : code === -32602 ? 200 : 400;
      body = { jsonrpc: '2.0', id: rpc.id, error };
    }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  const http = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    http.closeAllConnections();
    http.close();
  });
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    names,
    get taskIds() {
      return [...tasks.keys()];
    },
  };
}
