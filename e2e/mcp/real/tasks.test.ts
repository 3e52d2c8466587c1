/** Tasks of the extension between the server and the client of the package fastmcp-tasks, through four workers. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { eventually } from '../../../testkit/client.ts';
import { freePorts } from '../../../testkit/free-ports.ts';
import { mcpTools } from '../../../testkit/mcp/tools.ts';
import { startMcpGateway } from '../mcp-gateway.ts';

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
