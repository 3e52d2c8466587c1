/** Tasks of the extension, with the server of the package fastmcp-tasks and one that tells of its tasks, through four workers. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { eventually } from '../../../testkit/client.ts';
import { freePorts } from '../../../testkit/free-ports.ts';
import { mcpTools } from '../../../testkit/mcp/tools.ts';
import { startMcpGateway } from '../mcp-gateway.ts';
import { startTasksServer as startTellingServer } from '../tasks-server.ts';
import { taskSession, type TaskSession } from './typescript-tasks.ts';

const env = { PATH: process.env['PATH'], PYTHONDONTWRITEBYTECODE: '1' };
const program = (name: string): string => join(import.meta.dirname, 'python', name);

async function startTasksServer(t: TestContext): Promise<string> {
  const [port = 0] = await freePorts(1);
  const child = spawn(mcpTools.python, [program('tasks_server.py'), String(port)], { env, stdio: 'ignore' });
  t.after(() => child.kill('SIGKILL'));
  const url = `http://127.0.0.1:${port}/mcp`;
  const answers = (): Promise<boolean> =>
    fetch(url).then(
      () => true,
      () => false,
    );
  await eventually(answers, 'the server', 60_000);
  return url;
}

/** What tasks_client.py prints. */
interface TasksReport {
  readonly id: string;
  readonly [what: string]: unknown;
}

async function report(url: string): Promise<TasksReport> {
  const { stdout } = await promisify(execFile)(mcpTools.python, [program('tasks_client.py'), url], {
    env,
    timeout: 60_000,
  });
  return JSON.parse(stdout) as TasksReport;
}

test(
  'fastmcp begins, follows, answers and cancels tasks of its own kind of server',
  { timeout: 180_000 },
  async (t) => {
    const url = await startTasksServer(t);
    const direct = await report(url);
    // The second server makes names and ids of tasks say whose they are.
    const more = `
- name: tasks
  mcp: { host: "${url}" }
- name: time
  stdio: { cmd: ${mcpTools.serverTime} }`;
    const gateway = await startMcpGateway(t, more);
    const { id, tools, asked, ...outcome } = await report(gateway.url.href);
    const { id: _, tools: ownTools, asked: __, ...directOutcome } = direct;
    assert.deepEqual(outcome, directOutcome);
    assert.equal(outcome['greeted'], 'Hello, Ada');
    assert.equal(outcome['cancelled'], 'cancelled');
    assert.deepEqual(asked, ['[tasks] What is your name?']);
    assert.ok((ownTools as string[]).every((name) => (tools as string[]).includes(name)));
    assert.match(id, /^task\./);
  },
);

const keys = `policies:
    apiKey:
      mode: strict
      keys: [{ key: key-of-alice }, { key: key-of-bob }]`;

test('the official TypeScript client has tasks that nobody else can see', { timeout: 180_000 }, async (t) => {
  const url = await startTasksServer(t);
  const more = `
- name: tasks
  mcp: { host: "${url}" }
- name: time
  stdio: { cmd: ${mcpTools.serverTime} }`;
  const gateway = await startMcpGateway(t, more, {}, { section: keys });
  const asked: string[] = [];
  const connect = async (key: string): Promise<TaskSession> => {
    const session = await taskSession(gateway.url, key, asked);
    t.after(() => session.close());
    return session;
  };
  const alice = await connect('key-of-alice');
  const bob = await connect('key-of-bob');

  const counting = await alice.callTool('count', { to: 20 });
  assert.equal(counting.kind, 'task');
  const { outcome } = await counting.settle();
  assert.match(JSON.stringify(outcome.result), /counted to 20/);

  const greeting = await (await alice.callTool('greet', {})).settle();
  assert.match(JSON.stringify(greeting.outcome.result), /Hello, Ada/);
  assert.deepEqual(asked, ['[tasks] What is your name?']);
  const failing = await (await alice.callTool('fail', {})).settle();
  assert.match(JSON.stringify(failing.outcome), /it cannot be done/);

  const endless = await alice.callTool('forever', {});
  const taskId = endless.handle?.taskId ?? '';
  assert.match(taskId, /^task\./);
  await assert.rejects(bob.task(taskId).snapshot(), /Task not found/);
  await assert.rejects(bob.task(taskId).cancel(), /Task not found/);
  assert.equal((await alice.task(taskId).snapshot()).status, 'working');

  // Another connection of the same user finds the task again, and ends it.
  const reference = endless.serializeReference();
  await endless.detach();
  const later = await (await connect('key-of-alice')).resumeTask(reference);
  await later.cancel();
  assert.equal((await later.settle()).outcome.status, 'cancelled');
});

test('the official TypeScript client hears of its tasks, and nobody else does', { timeout: 180_000 }, async (t) => {
  const server = await startTellingServer(t);
  const more = `
- name: tasks
  mcp: { host: "${server.url}" }`;
  const gateway = await startMcpGateway(t, more, {}, { section: keys });
  const alice = await taskSession(gateway.url, 'key-of-alice');
  const bob = await taskSession(gateway.url, 'key-of-bob');
  t.after(() => Promise.all([alice.close(), bob.close()]));

  const execution = await alice.callTool('confirm_delete', {});
  const taskId = execution.handle?.taskId ?? '';
  await Promise.all([alice.listen(taskId), bob.listen(taskId)]);
  // The package answers what the task asks.
  assert.match(JSON.stringify((await execution.settle()).outcome), /Ada/);
  const told = (): readonly unknown[] =>
    alice.heard.filter(({ method }) => method === 'notifications/tasks').map(({ params }) => params?.['taskId']);
  await eventually(() => told().length > 0, 'the notification');
  assert.deepEqual(new Set(told()), new Set([taskId]));
  assert.equal(alice.heard.at(-1)?.params?.['status'], 'completed');
  assert.deepEqual([alice.problems, bob.heard], [[], []]);
});
