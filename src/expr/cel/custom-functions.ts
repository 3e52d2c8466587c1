import type { Node } from './ast.ts';
import { CelError } from './errors.ts';
import type { FunctionTable } from './functions/table.ts';
import { defaultLimits } from './limits.ts';
import { parse } from './parser.ts';

/** A function of `config.customFunctions`; its body takes the place of each call. */
export interface CustomFunction {
  readonly kind: 'custom';
  readonly name: string;
  /** Called on a value, which the body names `this`. */
  readonly member: boolean;
  readonly params: readonly string[];
  /** The parameter that takes all further arguments as a list. */
  readonly variadic: string | null;
  readonly body: Node;
}

/** The functions of one configuration. */
export class CustomFunctions {
  readonly #byName: ReadonlyMap<string, CustomFunction>;

  constructor(functions: readonly CustomFunction[] = []) {
    this.#byName = new Map(functions.map((custom) => [custom.name, custom]));
  }

  get(name: string, isMember: boolean): CustomFunction | undefined {
    const custom = this.#byName.get(name);
    return custom?.member === isMember ? custom : undefined;
  }

  all(): Iterable<CustomFunction> {
    return this.#byName.values();
  }

  names(isMember: boolean): string[] {
    return [...this.#byName.values()].filter((custom) => custom.member === isMember).map((custom) => custom.name);
  }
}

/** Of a configuration that defines none. */
export const noCustomFunctions: CustomFunctions = new CustomFunctions();

const header = /((this\.)?([A-Za-z_][A-Za-z0-9_]*)\s*\(([^(){}]*)\)\s*)\{/y;
const blank = /(?:\s|#[^\n]*)*/y;
const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Reads definitions of the form `name(a, b) { expression }` and `this.name(a, rest...) { expression }`, one after
 * another, with `#` comments between them.
 *
 * @throws CelError for bad syntax, a name defined twice or already built in, and recursion
 */
export function parseCustomFunctions(text: string, builtIn: FunctionTable): CustomFunctions {
  const found: { custom: CustomFunction; pos: number }[] = [];
  let at = skipBlank(text, 0);
  while (at < text.length) {
    const [custom, end] = readDefinition(text, at);
    if (found.some((other) => other.custom.name === custom.name)) {
      throw new CelError(`custom function '${custom.name}' is defined twice`, text, at);
    }
    if (builtIn.get(custom.name, false) !== undefined || builtIn.get(custom.name, true) !== undefined) {
      throw new CelError(`custom function '${custom.name}' has the name of a built-in function`, text, at);
    }
    found.push({ custom, pos: at });
    at = skipBlank(text, end);
  }
  rejectRecursion(text, found);
  return new CustomFunctions(found.map((entry) => entry.custom));
}

function skipBlank(text: string, from: number): number {
  blank.lastIndex = from;
  blank.exec(text);
  return blank.lastIndex;
}

function readDefinition(text: string, at: number): [CustomFunction, number] {
  header.lastIndex = at;
  const match = header.exec(text);
  if (match === null) throw new CelError("expected 'name(parameters) { expression }'", text, at);
  const open = at + match[0].length;
  const close = findClose(text, open);
  const names = (match[4] as string).split(',').map((name) => name.trim());
  if (names.length === 1 && names[0] === '') names.pop();
  const last = names.at(-1);
  const variadic = last?.endsWith('...') === true ? last.slice(0, -3).trim() : null;
  const params = variadic === null ? names : names.slice(0, -1);
  const all = variadic === null ? params : [...params, variadic];
  const wrong = all.find((name) => !identifier.test(name) || name === 'this');
  if (wrong !== undefined) throw new CelError(`'${wrong}' cannot be a parameter`, text, at);
  if (new Set(all).size < all.length) throw new CelError('two parameters have one name', text, at);
  const custom: CustomFunction = {
    kind: 'custom',
    name: match[3] as string,
    member: match[2] !== undefined,
    params,
    variadic,
    body: parseBody(text, open, close),
  };
  return [custom, close + 1];
}

/** Parses in place, so that positions count from the start of the text. */
function parseBody(text: string, open: number, close: number): Node {
  const padding = text.slice(0, open).replaceAll(/[^\n]/g, ' ');
  return parse(padding + text.slice(open, close), { ...defaultLimits, sourceLength: Infinity });
}

/** The brace that closes the one before `from`, past strings, comments and inner braces. */
function findClose(text: string, from: number): number {
  let depth = 1;
  const token = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\/\/[^\n]*|[{}]/gs;
  token.lastIndex = from;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    if (match[0] === '{') depth++;
    if (match[0] === '}' && --depth === 0) return match.index;
  }
  throw new CelError("the function's body has no closing '}'", text, from);
}

function rejectRecursion(text: string, found: readonly { custom: CustomFunction; pos: number }[]): void {
  const byName = new Map(found.map((entry) => [entry.custom.name, entry]));
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    const entry = byName.get(name);
    if (entry === undefined || done.has(name)) return;
    if (path.includes(name)) {
      throw new CelError(
        `custom functions call each other in a circle: ${[...path, name].join(' → ')}`,
        text,
        entry.pos,
      );
    }
    for (const called of calledNames(entry.custom.body)) visit(called, [...path, name]);
    done.add(name);
  };
  for (const entry of found) visit(entry.custom.name, []);
}

/** The names of all functions that a syntax tree calls. */
function calledNames(node: Node): string[] {
  return [...(node.kind === 'call' ? [node.name] : []), ...childNodes(node).flatMap(calledNames)];
}

function childNodes(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'literal':
    case 'ident':
      return [];
    case 'select':
      return [node.operand];
    case 'call':
      return node.target === null ? node.args : [node.target, ...node.args];
    case 'list':
      return node.elements.map((element) => element.value);
    case 'map':
      return node.entries.flatMap((entry) => [entry.key, entry.value]);
    case 'message':
      return node.fields.map((field) => field.value);
    case 'loop':
      return [node.range, ...node.bodies];
    case 'let':
      return [node.value, node.body];
  }
}
