import { isObject } from '../mcp/wire/jsonrpc.ts';
import type { A2aRecord } from './record.ts';

type Json = Readonly<Record<string, unknown>>;

/** The members of a result by which version 1.0 says what it is. */
const members = {
  task: 'task',
  message: 'message',
  statusUpdate: 'status-update',
  artifactUpdate: 'artifact-update',
} as const;

/**
 * Takes over what an answer says: a body of JSON, or an event of a stream. Of several the last one counts, since it is
 * nearest to what became of the task.
 *
 * @param status Of the answer.
 */
export function readAnswer(record: A2aRecord, status: number, answer: unknown): void {
  if (!isObject(answer)) return;
  const error = errorOf(answer);
  const failed = error !== undefined || status >= 400;
  record.outcome = failed ? 'error' : 'success';
  const code = error?.['code'];
  record.errorCode = typeof code === 'number' || typeof code === 'string' ? code : failed ? status : null;
  if (failed) return;
  const result = 'jsonrpc' in answer ? answer['result'] : answer;
  if (isObject(result)) readResult(record, result);
}

/** True for JSON, `application/a2a+json` included. */
export function isJsonType(contentType: string | undefined): boolean {
  return /^application\/(?:[\w.+-]+\+)?json(?:$|[\s;])/i.test(contentType ?? '');
}

/** The data of the last of the server-sent events in `text` that has any; null where none has. */
export function lastEvent(text: string): string | null {
  for (const event of text.replace(/\r\n?/g, '\n').split('\n\n').toReversed()) {
    const lines = event.split('\n').filter((line) => line.startsWith('data:'));
    if (lines.length > 0) return lines.map((line) => line.slice(5)).join('\n');
  }
  return null;
}

function errorOf(answer: Json): Json | undefined {
  const { error } = answer as { readonly error?: unknown };
  return isObject(error) ? error : undefined;
}

function readResult(record: A2aRecord, result: Json): void {
  const [member, kind] = Object.entries(members).find(([name]) => isObject(result[name])) ?? [null, kindOf(result)];
  if (kind === '') return;
  const thing = (member === null ? result : result[member]) as Json;
  record.resultKind = kind;
  const { status, contextId } = thing;
  const state = isObject(status) ? status['state'] : undefined;
  if (typeof state === 'string') record.taskState = state;
  if (typeof contextId === 'string') record.contextId = contextId;
}

/** What a bare result is: `kind` in version 0.3; the task that 1.0 answers to `GetTask` has an id and a status. */
function kindOf({ kind, id, status, messageId }: Json): string {
  if (typeof kind === 'string') return kind;
  if (typeof id === 'string' && isObject(status)) return 'task';
  return typeof messageId === 'string' ? 'message' : '';
}
