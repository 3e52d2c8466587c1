import { LlmBadRequest } from '../../pivot/drops.ts';
import type { PivotTool, ToolChoice } from '../../pivot/request.ts';
import type { Extras } from './extras.ts';
import { arrayAt, booleanOrNull, isAbsent, objectAt, stringAt } from './members.ts';
import { readCache } from './read-content.ts';

const known: ReadonlySet<string> = new Set(['type', 'name', 'description', 'input_schema', 'strict', 'cache_control']);

/**
 * Reads `tools`. Tools that Anthropic runs itself (`web_search_*`, `code_execution_*` …) are hints: a client mixes them
 * in, and no other provider could answer their calls.
 */
export function readTools(value: unknown, extras: Extras): readonly PivotTool[] {
  if (isAbsent(value)) return [];
  const tools: PivotTool[] = [];
  for (const [index, item] of arrayAt(value, 'tools').entries()) {
    const path = `tools[${index}]`;
    const tool = objectAt(item, path);
    const type = tool['type'];
    if (type !== undefined && type !== null && type !== 'custom') {
      extras.hint(path, tool);
      continue;
    }
    const description = tool['description'];
    const schema = tool['input_schema'];
    const cache = readCache(tool['cache_control'], `${path}.cache_control`);
    extras.rest(tool, known, path, 'hint');
    tools.push({
      name: stringAt(tool['name'], `${path}.name`),
      description: isAbsent(description) ? null : stringAt(description, `${path}.description`),
      schema: isAbsent(schema) ? null : objectAt(schema, `${path}.input_schema`),
      strict: booleanOrNull(tool['strict'], `${path}.strict`),
      ...(cache === undefined ? {} : { cache }),
      at: path,
    });
  }
  return tools;
}

/** Reads `tool_choice`. One that names a tool which was left out asks for nothing that can be had. */
export function readToolChoice(
  value: unknown,
  tools: readonly PivotTool[],
  extras: Extras,
): { readonly choice: ToolChoice | null; readonly parallel: boolean | null } {
  if (isAbsent(value)) return { choice: null, parallel: null };
  const object = objectAt(value, 'tool_choice');
  const disabled = booleanOrNull(object['disable_parallel_tool_use'], 'tool_choice.disable_parallel_tool_use');
  const parallel = disabled === null ? null : !disabled;
  switch (object['type']) {
    case 'auto':
      return { choice: { kind: 'auto' }, parallel };
    case 'none':
      return { choice: { kind: 'none' }, parallel };
    case 'any':
      return { choice: { kind: 'required' }, parallel };
    case 'tool': {
      const name = stringAt(object['name'], 'tool_choice.name');
      if (tools.some((tool) => tool.name === name)) return { choice: { kind: 'tool', name }, parallel };
      extras.meaning('tool_choice', object);
      return { choice: null, parallel };
    }
    default:
      throw new LlmBadRequest('tool_choice.type must be "auto", "any", "tool" or "none"', 'tool_choice.type');
  }
}
