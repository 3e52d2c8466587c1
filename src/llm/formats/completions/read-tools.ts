import { isJsonRecord } from '../../json/parse.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { Extra, PivotTool, ToolChoice } from '../../pivot/request.ts';
import {
  optionalArray,
  optionalBoolean,
  optionalObject,
  optionalString,
  refuse,
  requiredObject,
  requiredString,
} from './fields.ts';
import { readCache } from './read-content.ts';

/** Reads `tools` and the older `functions`. Tools that are no functions become extras. @throws LlmBadRequest */
export function readTools(body: JsonObject, extras: Extra[]): PivotTool[] {
  const tools: PivotTool[] = [];
  for (const [index, value] of optionalArray(body['tools'], 'tools').entries()) {
    const path = `tools[${index}]`;
    const tool = requiredObject(value, path);
    const type = optionalString(tool['type'], `${path}.type`) ?? 'function';
    if (type === 'function') tools.push(readTool(tool, path));
    else if (type === 'custom')
      tools.push(readCustom(requiredObject(tool['custom'], `${path}.custom`), `${path}.custom`));
    else extras.push({ path, value, kind: 'meaning' });
  }
  for (const [index, value] of optionalArray(body['functions'], 'functions').entries()) {
    const path = `functions[${index}]`;
    tools.push(readFunction(requiredObject(value, path), path));
  }
  return tools;
}

/** Reads `tool_choice`, else the older `function_call`; null where nothing is said. @throws LlmBadRequest */
export function readToolChoice(body: JsonObject, extras: Extra[]): ToolChoice | null {
  const choice = body['tool_choice'] ?? body['function_call'];
  if (choice === undefined || choice === null) return null;
  const name = body['tool_choice'] === undefined || body['tool_choice'] === null ? 'function_call' : 'tool_choice';
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { kind: choice };
  // Mistral's word for it, which its own clients send.
  if (choice === 'any') return { kind: 'required' };
  if (!isJsonRecord(choice)) return refuse(name, 'auto, none, required or an object');
  if (name === 'function_call') return { kind: 'tool', name: requiredString(choice['name'], `${name}.name`) };
  switch (choice['type']) {
    case 'function': {
      const named = requiredObject(choice['function'], `${name}.function`);
      return { kind: 'tool', name: requiredString(named['name'], `${name}.function.name`) };
    }
    case 'allowed_tools': {
      extras.push({ path: `${name}.allowed_tools`, value: choice['allowed_tools'], kind: 'meaning' });
      const allowed = requiredObject(choice['allowed_tools'], `${name}.allowed_tools`);
      return { kind: allowed['mode'] === 'required' ? 'required' : 'auto' };
    }
    case 'custom': {
      const named = requiredObject(choice['custom'], `${name}.custom`);
      return { kind: 'tool', name: requiredString(named['name'], `${name}.custom.name`) };
    }
    default:
      return refuse(`${name}.type`, 'function, allowed_tools or custom');
  }
}

/** A tool whose input is text; `format` says which, and may be missing. */
function readCustom(custom: JsonObject, path: string): PivotTool {
  const format = optionalObject(custom['format'], `${path}.format`);
  // Chat nests the grammar; the pivot has it as the Responses API does.
  const grammar = optionalObject(format?.['grammar'], `${path}.format.grammar`);
  return {
    name: requiredString(custom['name'], `${path}.name`),
    description: optionalString(custom['description'], `${path}.description`),
    schema: null,
    strict: null,
    freeform: grammar === null ? null : { type: 'grammar', ...grammar },
    at: path,
  };
}

function readTool(tool: JsonObject, path: string): PivotTool {
  const description = requiredObject(tool['function'], `${path}.function`);
  const cache = readCache(tool['cache_control'] ?? description['cache_control'], `${path}.cache_control`);
  return { ...readFunction(description, `${path}.function`), ...(cache === null ? {} : { cache }) };
}

function readFunction(description: JsonObject, path: string): PivotTool {
  return {
    name: requiredString(description['name'], `${path}.name`),
    description: optionalString(description['description'], `${path}.description`),
    schema: optionalObject(description['parameters'], `${path}.parameters`),
    strict: optionalBoolean(description['strict'], `${path}.strict`),
    at: path,
  };
}
