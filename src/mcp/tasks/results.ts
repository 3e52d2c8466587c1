/** Tasks in results: their ids as the client sees them, and the questions of those that wait for the client. */
import type { Caller } from '../federation/caller.ts';
import type { Federation } from '../federation/federation.ts';
import type { Upstream } from '../federation/upstream/upstream.ts';
import { shownUri } from '../federation/names/resource-owner.ts';
import { exposeResultUris } from '../federation/names/uris.ts';
import { TargetError } from '../transports/transport.ts';
import { withMember, memberEdits } from '../wire/2025-11-25/rewrite.ts';
import { resultType } from '../wire/2026-07-28/results.ts';
import { eachMember, locate, splice, type Edit, type Span } from '../wire/json-text.ts';
import { isObject, type Message } from '../wire/jsonrpc.ts';
import { mapRelatedTask } from './related.ts';

/** The result of a caller's request (text, and what it means) with every task as the client may see it. */
export function exposeTasks(
  federation: Federation,
  caller: Caller,
  upstream: Upstream,
  reply: Message,
  result: string,
): string {
  const value = reply.outcome;
  if (!isObject(value) || !result.includes('taskId')) return result;
  const { method, params } = caller.message;
  const own = JSON.stringify(params?.['taskId']);
  if (method === 'tools/call') {
    return caller.envelope === null
      ? mapRelated(federation, upstream, exposeBegun(federation, caller, upstream, result, value))
      : exposeCreated(federation, upstream, reply, result);
  }
  switch (method) {
    case 'tasks/get':
      return exposeTask(federation, upstream, withMember(result, 'taskId', own), value);
    case 'tasks/cancel':
    case 'tasks/update':
      return withMember(result, 'taskId', own);
    case 'tasks/result':
      return mapRelated(federation, upstream, result);
    default:
      return result;
  }
}

/** A task of the extension (SEP-2663, task creation). */
function exposeCreated(federation: Federation, upstream: Upstream, reply: Message, result: string): string {
  const value = reply.outcome as { readonly taskId?: unknown };
  if (resultType(reply) !== 'task' || typeof value.taskId !== 'string') return result;
  return withMember(result, 'taskId', JSON.stringify(showNew(federation, upstream, value.taskId)));
}

/** A task of 2025-11-25, which its session may list and hear of. */
function exposeBegun(
  federation: Federation,
  caller: Caller,
  upstream: Upstream,
  result: string,
  value: Readonly<Record<string, unknown>>,
): string {
  const { task } = value;
  if (upstream.modern || !isObject(task) || typeof task['taskId'] !== 'string') return result;
  const id = task['taskId'];
  const shown = showNew(federation, upstream, id);
  federation.tasks.begin({ target: upstream.name, id }, shown);
  if (caller.serving !== null && caller.progressToken !== '') {
    federation.tasks.keepToken(upstream.name, caller.serving.id, caller.progressToken);
  }
  return splice(result, memberEdits(result, ['task', 'taskId'], JSON.stringify(shown)));
}

function showNew(federation: Federation, upstream: Upstream, id: string): string {
  const shown = federation.tasks.show({ target: upstream.name, id });
  if (shown === null) throw new TargetError('began a task whose id is too long');
  return shown;
}

function mapRelated(federation: Federation, upstream: Upstream, result: string): string {
  return mapRelatedTask(result, (id) => federation.tasks.show({ target: upstream.name, id }));
}

/** A task (text, and what it means) with its questions saying who asks, and the URIs of its result as the client knows them. */
export function exposeTask(federation: Federation, upstream: Upstream, task: string, value: unknown): string {
  if (!isObject(value)) return task;
  let text = isObject(value['inputRequests']) ? labelQuestions(federation, upstream, task) : task;
  if (federation.several && isObject(value['result'])) {
    const results = memberSpans(text, 'result').map(({ start, end }) => ({
      start,
      end,
      text: exposeResultUris('tools/call', text.slice(start, end), (uri) => shownUri(federation, upstream.index, uri)),
    }));
    text = splice(text, results);
  }
  return text;
}

/** A result (text) with `inputRequests` that say who asks. */
export function labelQuestions(federation: Federation, upstream: Upstream, result: string): string {
  const edits: Edit[] = [];
  for (const requests of memberSpans(result, 'inputRequests')) {
    if (result.charCodeAt(requests.start) !== 123) continue;
    eachMember(result, requests.start, (_key, start, end) => {
      const question = result.slice(start, end);
      const { method } = JSON.parse(question) as { readonly method?: unknown };
      if (typeof method !== 'string') return;
      const shown = memberSpans(question, 'params').map((span) => ({
        ...span,
        text: federation.questions.show(upstream, method, question.slice(span.start, span.end)),
      }));
      edits.push({ start, end, text: splice(question, shown) });
    });
  }
  return splice(result, edits);
}

function memberSpans(text: string, name: string): Span[] {
  const spans: Span[] = [];
  locate(text, 0, [name], spans);
  return spans;
}
