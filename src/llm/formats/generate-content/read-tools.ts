import type { JsonObject } from '../../pivot/format.ts';
import type { PivotTool, ToolChoice } from '../../pivot/request.ts';
import type { Extras } from './extras.ts';
import { arrayAt, camelCase, member, objectAt, optionalObject, refuse, stringAt, stringOrNull } from './members.ts';
import { readSchema } from './read-schema.ts';

const known: ReadonlySet<string> = new Set(['name', 'description', 'parameters', 'parametersJsonSchema']);
/** What a function answers, and when: no other API asks. */
const hints: ReadonlySet<string> = new Set(['response', 'responseJsonSchema', 'behavior']);

/** The tools that a request offers, and the choice among them. */
export interface ReadTools {
  readonly tools: readonly PivotTool[];
  readonly toolChoice: ToolChoice | null;
}

/**
 * Reads `tools` and `toolConfig`. Tools that Google runs itself (`googleSearch`, `codeExecution`, `urlContext` …) are
 * hints: a client mixes them in, and no other provider has them. Where only some functions are allowed, the others are
 * not offered, which comes to the same.
 */
export function readTools(body: JsonObject, extras: Extras): ReadTools {
  const tools = readDeclarations(member(body, 'tools'), extras);
  const config = optionalObject(member(body, 'toolConfig'), 'toolConfig') ?? {};
  extras.rest(
    config,
    new Set(['functionCallingConfig']),
    new Set(['retrievalConfig', 'includeServerSideToolInvocations']),
    'toolConfig',
  );
  const path = 'toolConfig.functionCallingConfig';
  const calling = optionalObject(member(config, 'functionCallingConfig'), path) ?? {};
  extras.rest(calling, new Set(['mode', 'allowedFunctionNames']), new Set(['streamFunctionCallArguments']), path);
  const mode = readMode(member(calling, 'mode'), `${path}.mode`);
  const allowed = arrayAt(member(calling, 'allowedFunctionNames'), `${path}.allowedFunctionNames`).map((name, index) =>
    stringAt(name, `${path}.allowedFunctionNames[${index}]`),
  );
  if (allowed.length === 0 || mode?.kind === 'none') return { tools, toolChoice: mode };
  const offered = tools.filter(({ name }) => allowed.includes(name));
  const [first] = allowed;
  const isOne = mode?.kind === 'required' && allowed.length === 1 && first !== undefined;
  return isOne ? { tools, toolChoice: { kind: 'tool', name: first } } : { tools: offered, toolChoice: mode };
}

function readDeclarations(value: unknown, extras: Extras): readonly PivotTool[] {
  const tools: PivotTool[] = [];
  for (const [index, item] of arrayAt(value, 'tools').entries()) {
    const path = `tools[${index}]`;
    const tool = objectAt(item, path);
    for (const name of Object.keys(tool)) {
      if (camelCase(name) !== 'functionDeclarations') extras.hint(`${path}.${name}`, tool[name]);
    }
    const declarations = arrayAt(member(tool, 'functionDeclarations'), `${path}.functionDeclarations`);
    for (const [at, declaration] of declarations.entries()) {
      tools.push(readDeclaration(declaration, `${path}.functionDeclarations[${at}]`, extras));
    }
  }
  return tools;
}

function readDeclaration(value: unknown, path: string, extras: Extras): PivotTool {
  const declaration = objectAt(value, path);
  extras.rest(declaration, known, hints, path);
  const raw = optionalObject(member(declaration, 'parametersJsonSchema'), `${path}.parametersJsonSchema`);
  const parameters = optionalObject(member(declaration, 'parameters'), `${path}.parameters`);
  return {
    name: stringAt(member(declaration, 'name'), `${path}.name`),
    description: stringOrNull(member(declaration, 'description'), `${path}.description`),
    schema: raw ?? (parameters === undefined ? null : readSchema(parameters)),
    strict: null,
    at: path,
  };
}

function readMode(mode: unknown, path: string): ToolChoice | null {
  switch (mode) {
    case undefined:
    case 'MODE_UNSPECIFIED':
      return null;
    case 'AUTO':
    // Calls or text, held to their schemas: what `auto` is everywhere else.
    case 'VALIDATED':
      return { kind: 'auto' };
    case 'ANY':
      return { kind: 'required' };
    case 'NONE':
      return { kind: 'none' };
    default:
      return refuse(path, 'AUTO, ANY, NONE or VALIDATED');
  }
}
