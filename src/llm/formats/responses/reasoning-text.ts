import { isJsonRecord } from '../../json/parse.ts';
import type { JsonObject } from '../../pivot/format.ts';

/** What stands between two parts of a summary. */
export const PART_BREAK = '\n\n';

/** The text of a reasoning item: its summary, else what open models show as `content`; '' for none. */
export function reasoningText(item: JsonObject): string {
  const summary = texts(item['summary']);
  return summary.length > 0 ? summary.join(PART_BREAK) : texts(item['content']).join('');
}

function texts(parts: unknown): string[] {
  if (!Array.isArray(parts)) return [];
  return parts.flatMap((part: unknown) => (isJsonRecord(part) && typeof part['text'] === 'string' ? part['text'] : []));
}
