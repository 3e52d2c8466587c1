import { isJsonRecord } from '../../json/parse.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { Extra, PivotTool, ToolChoice } from '../../pivot/request.ts';
import { optionalArray, refuse } from '../completions/fields.ts';
import { namedTool } from './read-tools.ts';

/** What a choice leaves: it may also narrow the tools. */
export interface ReadChoice {
  readonly tools: readonly PivotTool[];
  readonly toolChoice: ToolChoice | null;
}

/**
 * Reads `tool_choice`. `allowed_tools` becomes the tools that it allows: APIs without it then mean the same.
 *
 * @throws LlmBadRequest
 */
export function readToolChoice(body: JsonObject, tools: readonly PivotTool[], extras: Extra[]): ReadChoice {
  const choice = body['tool_choice'];
  if (choice === undefined || choice === null) return { tools, toolChoice: null };
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { tools, toolChoice: { kind: choice } };
  if (!isJsonRecord(choice)) return refuse('tool_choice', 'auto, none, required or an object');
  if (choice['type'] === 'allowed_tools') return allowed(choice, tools, extras);
  const name = namedTool(choice);
  if (name !== null) return { tools, toolChoice: { kind: 'tool', name } };
  if (choice['type'] === 'function' || choice['type'] === 'custom') return refuse('tool_choice.name', 'a string');
  extras.push({ path: 'tool_choice', value: choice, kind: 'meaning' });
  return { tools, toolChoice: null };
}

function allowed(choice: JsonObject, tools: readonly PivotTool[], extras: Extra[]): ReadChoice {
  const { mode } = choice;
  if (mode !== 'auto' && mode !== 'required') return refuse('tool_choice.mode', 'auto or required');
  const named = optionalArray(choice['tools'], 'tool_choice.tools');
  const names = new Set(named.map(namedTool));
  const left = tools.filter((tool) => names.has(tool.name));
  if (left.length > 0) return { tools: left, toolChoice: { kind: mode } };
  if (mode === 'required') extras.push({ path: 'tool_choice', value: choice, kind: 'meaning' });
  return { tools: left, toolChoice: null };
}
