/** What servers tell of tasks outside of requests. */
import type { Federation } from '../federation/federation.ts';
import type { Upstream } from '../federation/upstream/upstream.ts';
import { withMember } from '../wire/2025-11-25/rewrite.ts';
import type { Message } from '../wire/jsonrpc.ts';
import { exposeTask } from './results.ts';

/** Of the extension, and of 2025-11-25. */
export const TASK_STATUS: ReadonlySet<string> = new Set(['notifications/tasks', 'notifications/tasks/status']);

/** To the listeners of the task, or to the session that began it; nobody else hears of it. */
export function relayTaskStatus(federation: Federation, upstream: Upstream, message: Message): void {
  const { method, params, bodyText } = message;
  const id = params?.['taskId'];
  if (typeof id !== 'string') return;
  const task = { target: upstream.name, id };
  const { client } = federation;
  if (upstream.modern) {
    if (method === 'notifications/tasks') {
      client.taskChanged?.(task, exposeTask(federation, upstream, bodyText, params));
    }
    return;
  }
  const shown = federation.tasks.begun(task);
  if (shown === null || method === 'notifications/tasks') return;
  client.notify(method, withMember(bodyText, 'taskId', JSON.stringify(shown)), null, false);
}
