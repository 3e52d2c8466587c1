/** The task that a message says it belongs to (2025-11-25, tasks, associating task-related messages). */
import { mapStrings } from '../wire/2025-11-25/content.ts';

const KEY = 'io.modelcontextprotocol/related-task';

/** Params or result (text) with another id of its task; null keeps the id. */
export function mapRelatedTask(text: string, map: (id: string) => string | null): string {
  if (!text.includes(KEY)) return text;
  return mapStrings(text, [['_meta', KEY, 'taskId']], (id) => map(id) ?? id);
}
