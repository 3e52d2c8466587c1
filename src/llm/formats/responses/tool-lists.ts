import { isJsonRecord } from '../../json/parse.ts';
import type { JsonObject } from '../../pivot/format.ts';

/** Tools that a body declares in one place. */
export interface ToolList {
  readonly path: string;
  readonly tools: readonly unknown[];
}

/** Items that declare tools in the middle of a conversation. */
const DECLARING: ReadonlySet<unknown> = new Set(['additional_tools', 'tool_search_output']);

/** Every list of tools of a body: `tools`, and those that items of its input add. */
export function toolLists(body: JsonObject): ToolList[] {
  const lists: ToolList[] = [];
  if (Array.isArray(body['tools'])) lists.push({ path: 'tools', tools: body['tools'] });
  const { input } = body;
  if (!Array.isArray(input)) return lists;
  for (const [index, item] of input.entries()) {
    if (!isJsonRecord(item) || !DECLARING.has(item['type']) || !Array.isArray(item['tools'])) continue;
    lists.push({ path: `input[${index}].tools`, tools: item['tools'] });
  }
  return lists;
}
