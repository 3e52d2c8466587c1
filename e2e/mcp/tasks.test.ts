/** Tasks through the gateway: of 2025-11-25 with the official client and server, of the extension with one of our own. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test, type TestContext } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CallToolResultSchema, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { eventually } from '../../testkit/client.ts';
import { connectionPerRequest, startMcpGateway, type McpGateway } from './mcp-gateway.ts';
import { startTasksServer, type TasksServer } from './tasks-server.ts';

const limit = { timeout: 90_000 };
const TASKS = 'io.modelcontextprotocol/tasks';

async function startFleet(t: TestContext): Promise<{ readonly gateway: McpGateway; readonly server: TasksServer }> {
  const server = await startTasksServer(t);
  const everything = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'));
  const gateway = await startMcpGateway(
    t,
    `
- name: everything
  stdio: { cmd: "${process.execPath}", args: ["${everything}"] }
- name: tasks
  mcp: { host: "${server.url}" }`,
  );
  return { gateway, server };
}

async function connect(t: TestContext, url: URL): Promise<Client> {
  const client = new Client({ name: 'tasks', version: '1' }, { capabilities: { elicitation: {} } });
  await client.connect(new StreamableHTTPClientTransport(url, { fetch: connectionPerRequest().fetch }));
  t.after(() => client.close());
  return client;
}

test('the official client begins, follows and cancels tasks of the official server', limit, async (t) => {
  const { gateway } = await startFleet(t);
  const client = await connect(t, gateway.url);
  assert.deepEqual(client.getServerCapabilities()?.tasks, { list: {}, cancel: {}, requests: { tools: { call: {} } } });
  const asked: string[] = [];
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
    asked.push(params.message);
    return { action: 'accept', content: { interpretation: 'technical' } };
  });
  await client.listTools();

  const call = { name: 'simulate-research-query', arguments: { topic: 'gateways', ambiguous: true } };
  const seen: string[] = [];
  let taskId = '';
  let report = '';
  const stream = client.experimental.tasks.callToolStream(call, CallToolResultSchema, { task: { ttl: 60_000 } });
  for await (const message of stream) {
    seen.push(message.type);
    if (message.type === 'taskCreated') ({ taskId } = message.task);
    if (message.type === 'result') report = JSON.stringify(message.result);
    if (message.type === 'error') throw message.error;
  }
  assert.ok(seen.includes('taskCreated') && seen.includes('taskStatus'), seen.join());
  assert.match(taskId, /^task\./);
  assert.match(report, /Research Report: gateways \(technical\)/);
  assert.match(asked[0] ?? '', /^\[everything\] The research query/);

  const plain = { name: call.name, arguments: { topic: 'tasks' } };
  const begun = client.experimental.tasks.callToolStream(plain, CallToolResultSchema, { task: { ttl: 60_000 } });
  const first = (await begun.next()).value;
  assert.ok(first?.type === 'taskCreated');
  const second = first.task.taskId;
  const { tasks } = await client.experimental.tasks.listTasks();
  assert.deepEqual(new Set(tasks.map((task) => task.taskId)), new Set([taskId, second]));
  assert.equal((await client.experimental.tasks.cancelTask(second)).status, 'cancelled');
  assert.equal((await client.experimental.tasks.getTask(second)).status, 'cancelled');
  await begun.return(undefined);

  const other = await connect(t, gateway.url);
  await assert.rejects(() => other.experimental.tasks.getTask(taskId), /-32602/);
  assert.deepEqual((await other.experimental.tasks.listTasks()).tasks, []);
});

interface Answer {
  readonly result: Record<string, unknown> & {
    readonly taskId: string;
    readonly inputRequests?: Record<string, unknown>;
  };
  readonly error?: { readonly code: number };
}

/** Requests of 2026-07-28, each on its own connection and thus at any worker. */
function poster(url: URL, extensions: object): (method: string, params: Record<string, unknown>) => Promise<Response> {
  let id = 0;
  return (method, params) => {
    const name = params['taskId'] ?? params['name'];
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': { elicitation: {}, extensions },
    };
    return fetch(url, {
      method: 'POST',
      headers: {
        connection: 'close',
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': method,
        ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params: { ...params, _meta } }),
    });
  };
}

test('tasks of the extension are good at any worker, for clients that declare them', limit, async (t) => {
  const { gateway, server } = await startFleet(t);
  const post = poster(gateway.url, { [TASKS]: {} });
  const call = async (method: string, params: Record<string, unknown>): Promise<Answer> =>
    (await (await post(method, params)).json()) as Answer;
  await eventually(async () => {
    const { result } = await call('server/discover', {});
    return JSON.stringify(result['capabilities']).includes(TASKS);
  }, 'the extension');

  const { result: begun } = await call('tools/call', { name: 'confirm_delete', arguments: {} });
  assert.equal(begun['resultType'], 'task');
  const { taskId } = begun;
  assert.notEqual(taskId, server.taskIds[0]);
  for (let i = 0; i < 8; i++) {
    const { result } = await call('tasks/get', { taskId });
    assert.deepEqual([result.taskId, result['status']], [taskId, 'input_required']);
    assert.match(JSON.stringify(result.inputRequests), /\[tasks\] Delete\?/);
  }

  const stream = await post('subscriptions/listen', { notifications: { taskIds: [taskId] } });
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader() ?? assert.fail('no stream');
  let heard = '';
  const hears = async (what: string): Promise<void> => {
    while (!heard.includes(what)) heard += (await reader.read()).value ?? assert.fail(`no ${what} in ${heard}`);
  };
  await hears('acknowledged');
  assert.match(heard, new RegExp(`"taskIds":\\["${taskId}"\\]`));
  const inputResponses = { confirm: { action: 'accept', content: { confirm: true } } };
  assert.equal((await call('tasks/update', { taskId, inputResponses })).result['resultType'], 'complete');
  await hears('"status":"completed"');
  assert.ok(heard.includes(`"taskId":"${taskId}"`) && !heard.includes(server.taskIds[0] ?? ''));
  await reader.cancel();
  const done = await call('tasks/get', { taskId });
  assert.match(JSON.stringify(done.result['result']), /confirm/);
  assert.deepEqual(new Set(server.names), new Set(server.taskIds));

  const undeclared = poster(gateway.url, {});
  const refused = await undeclared('tasks/get', { taskId });
  assert.deepEqual([refused.status, ((await refused.json()) as Answer).error?.code], [400, -32021]);
  const plain = (await (await undeclared('tools/call', { name: 'slow_compute', arguments: {} })).json()) as Answer;
  assert.deepEqual([plain.result['resultType'], plain.result.taskId], ['complete', undefined]);
});
