/** Tasks as an extension (SEP-2663): clients and servers of 2026-07-28, the task of a call being its server's to begin. */
import type { Caller } from '../federation/caller.ts';
import type { Federation } from '../federation/federation.ts';
import { relay } from '../federation/calls/relay.ts';
import { memberEdits } from '../wire/2025-11-25/rewrite.ts';
import { missingCapability, type ModernError } from '../wire/2026-07-28/errors.ts';
import { readExtensions, TASKS } from '../wire/extensions.ts';
import { codes, RpcError } from '../wire/jsonrpc.ts';
import type { TaskAddress } from './task-ids.ts';

/** True for a client that takes tasks in place of results. */
export function declaresTasks(capabilities: Readonly<Record<string, unknown>>): boolean {
  return TASKS in readExtensions(capabilities);
}

/** True for a server that may answer calls with tasks. */
export function hasTasks(hello: { readonly extensions: Readonly<Record<string, unknown>> }): boolean {
  return TASKS in hello.extensions;
}

/** Capabilities of a client that hears of tasks. */
export function withTasks(capabilities: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { ...capabilities, extensions: { ...readExtensions(capabilities), [TASKS]: {} } };
}

/** What a client gets that asks for tasks without having declared them. */
export function missingTasks(): ModernError {
  return missingCapability({ extensions: { [TASKS]: {} } });
}

/** `tasks/get`, `tasks/update` and `tasks/cancel` go to the server of the task. */
export async function relayTask(federation: Federation, caller: Caller): Promise<void> {
  const { target, id } = taskOf(federation, caller);
  const { message } = caller;
  const edits = memberEdits(message.bodyText, ['taskId'], JSON.stringify(id));
  await relay(federation, caller, federation.settings.naming.targets.indexOf(target), edits);
}

/**
 * The task that a request names.
 * @throws RpcError `-32602` for one that is not the client's, or whose server is none of ours any more.
 */
export function taskOf(federation: Federation, { message }: Caller): TaskAddress {
  const task = federation.tasks.find(message.params?.['taskId']);
  if (task === null || !federation.settings.naming.targets.includes(task.target)) {
    throw new RpcError(codes.invalidParams, 'Task not found');
  }
  return task;
}
