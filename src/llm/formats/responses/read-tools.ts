import { isJsonRecord } from '../../json/parse.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { Extra, PivotTool } from '../../pivot/request.ts';
import {
  optionalArray,
  optionalBoolean,
  optionalObject,
  optionalString,
  refuse,
  requiredObject,
  requiredString,
} from '../completions/fields.ts';
import { toolLists } from './tool-lists.ts';
import { flatName } from './tool-names.ts';

/** Tools that name something of the client's at OpenAI (stores, containers, servers, screens): without them it is another request. */
const MEANT: ReadonlySet<string> = new Set([
  'file_search',
  'code_interpreter',
  'mcp',
  'computer',
  'computer_use',
  'computer_use_preview',
]);
/** Members of a tool that say how to call it, not what it is. */
const ADVICE = ['async', 'defer_loading', 'allowed_callers', 'output_schema'];

/**
 * Reads every tool of a body. Functions of a namespace get flat names; tools that clients mix in and that run elsewhere
 * (`web_search`, `image_generation`, `local_shell`, `tool_search`, kinds that are not known yet) are hints.
 *
 * @throws LlmBadRequest
 */
export function readTools(body: JsonObject, extras: Extra[]): PivotTool[] {
  optionalArray(body['tools'], 'tools');
  const tools = new Map<string, PivotTool>();
  for (const list of toolLists(body)) {
    for (const [index, value] of list.tools.entries()) {
      for (const tool of readTool(value, `${list.path}[${index}]`, extras)) tools.set(tool.name, tool);
    }
  }
  return [...tools.values()];
}

function readTool(value: unknown, path: string, extras: Extra[]): PivotTool[] {
  const tool = requiredObject(value, path);
  const type = requiredString(tool['type'], `${path}.type`);
  switch (type) {
    case 'function':
      return [readFunction(tool, path, null, extras)];
    case 'custom':
      return [readCustom(tool, path, null, extras)];
    case 'namespace':
      return readNamespace(tool, path, extras);
    default:
      extras.push({ path, value, kind: MEANT.has(type) ? 'meaning' : 'hint' });
      return [];
  }
}

function readNamespace(space: JsonObject, path: string, extras: Extra[]): PivotTool[] {
  const name = requiredString(space['name'], `${path}.name`);
  const description = optionalString(space['description'], `${path}.description`) ?? '';
  if (description !== '') extras.push({ path: `${path}.description`, value: description, kind: 'hint' });
  return optionalArray(space['tools'], `${path}.tools`).map((value, index) => {
    const at = `${path}.tools[${index}]`;
    const tool = requiredObject(value, at);
    if (tool['type'] === 'function') return readFunction(tool, at, name, extras);
    return tool['type'] === 'custom' ? readCustom(tool, at, name, extras) : refuse(`${at}.type`, 'function or custom');
  });
}

function readFunction(tool: JsonObject, path: string, namespace: string | null, extras: Extra[]): PivotTool {
  noteAdvice(tool, path, extras);
  return {
    name: flatName(requiredString(tool['name'], `${path}.name`), namespace),
    description: optionalString(tool['description'], `${path}.description`),
    schema: optionalObject(tool['parameters'], `${path}.parameters`),
    strict: optionalBoolean(tool['strict'], `${path}.strict`),
    at: path,
  };
}

function readCustom(tool: JsonObject, path: string, namespace: string | null, extras: Extra[]): PivotTool {
  noteAdvice(tool, path, extras);
  const format = optionalObject(tool['format'], `${path}.format`);
  const freeform = format === null || format['type'] === 'text' ? null : format;
  return {
    name: flatName(requiredString(tool['name'], `${path}.name`), namespace),
    description: optionalString(tool['description'], `${path}.description`),
    schema: null,
    strict: null,
    freeform,
    at: path,
  };
}

function noteAdvice(tool: JsonObject, path: string, extras: Extra[]): void {
  for (const name of ADVICE) {
    const value = tool[name];
    if (value === undefined || value === null || value === false || isDirectOnly(value)) continue;
    extras.push({ path: `${path}.${name}`, value, kind: 'hint' });
  }
}

/** `allowed_callers: ["direct"]` says what holds anyway. */
function isDirectOnly(value: unknown): boolean {
  return Array.isArray(value) && value.every((caller) => caller === 'direct');
}

/** The name of a tool that a `tool_choice` or an item names; null where it names none. */
export function namedTool(value: unknown): string | null {
  if (!isJsonRecord(value)) return null;
  const { type, name, namespace } = value;
  if ((type !== 'function' && type !== 'custom') || typeof name !== 'string' || name === '') return null;
  return flatName(name, typeof namespace === 'string' ? namespace : null);
}
