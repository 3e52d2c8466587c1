/** Tasks of 2025-11-25: its clients begin them, and ask for them, in the session that began them. */
import type { Caller } from '../federation/caller.ts';
import type { Federation } from '../federation/federation.ts';
import type { Upstream } from '../federation/upstream/upstream.ts';
import { mcpLimits } from '../limits.ts';
import { TargetError } from '../transports/transport.ts';
import { memberEdits } from '../wire/2025-11-25/rewrite.ts';
import { eachElement, locate, splice, type Span } from '../wire/json-text.ts';
import { codes, isObject, RpcError } from '../wire/jsonrpc.ts';
import { latestHandshakeRevision } from '../wire/versions.ts';
import { relayTask } from './extension.ts';

/**
 * `tasks/get`, `tasks/result` and `tasks/cancel`.
 * @throws RpcError
 */
export async function relayCoreTask(federation: Federation, caller: Caller): Promise<void> {
  needTasks(federation, caller);
  await relayTask(federation, caller);
}

/** `tasks/list`: what of the session's tasks its servers still have, in one page. */
export async function listCoreTasks(federation: Federation, caller: Caller): Promise<void> {
  needTasks(federation, caller);
  if (caller.message.params?.['cursor'] !== undefined) {
    throw new RpcError(codes.invalidParams, 'Invalid cursor: the list has one page');
  }
  const targets = federation.withCapability(({ coreTasks }) => coreTasks?.list === true);
  if (targets.length === 0) throw notFound(caller);
  const lists = await Promise.all(targets.map((upstream) => tasksOf(federation, upstream)));
  caller.answer(`{"tasks":[${lists.flat().join()}]}`);
}

/** The tasks of one server that this session began, as texts; others may share the server. None when it is away. */
async function tasksOf(federation: Federation, upstream: Upstream): Promise<string[]> {
  const { limits, log } = federation.settings;
  const tasks: string[] = [];
  const seen = new Set<string>();
  let params = '';
  try {
    const wait = upstream.ready();
    if (wait !== null) await wait;
    for (let page = 0; page < limits.maxPages && tasks.length < limits.maxItems; page++) {
      const reply = await upstream.request(upstream.mintId(), 'tasks/list', params, null, mcpLimits.listTimeoutMs);
      if (reply.kind === 'error' || !isObject(reply.outcome)) break;
      readTasks(federation, upstream, reply.bodyText, tasks);
      const cursor = reply.outcome['nextCursor'];
      if (typeof cursor !== 'string' || seen.has(cursor)) break;
      seen.add(cursor);
      params = JSON.stringify({ cursor });
    }
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    log.warn(`mcp: tasks/list is incomplete: target ${upstream.name} ${error.message}`);
  }
  return tasks;
}

function readTasks(federation: Federation, upstream: Upstream, result: string, tasks: string[]): void {
  const lists: Span[] = [];
  locate(result, 0, ['tasks'], lists);
  const list = lists.at(-1);
  if (list === undefined || result.charCodeAt(list.start) !== 91) return;
  eachElement(result, list.start, (start, end) => {
    const text = result.slice(start, end);
    const task = JSON.parse(text) as unknown;
    const id = isObject(task) ? task['taskId'] : undefined;
    const shown = typeof id === 'string' ? federation.tasks.begun({ target: upstream.name, id }) : null;
    if (shown !== null) tasks.push(splice(text, memberEdits(text, ['taskId'], JSON.stringify(shown))));
  });
}

function needTasks(federation: Federation, caller: Caller): void {
  const { client, settings } = federation;
  const has = settings.stateful && client.revision === latestHandshakeRevision;
  if (!has || federation.withCapability(({ coreTasks }) => coreTasks !== null).length === 0) throw notFound(caller);
}

function notFound({ message }: Caller): RpcError {
  return new RpcError(codes.methodNotFound, `Method not found: ${message.method}`);
}
