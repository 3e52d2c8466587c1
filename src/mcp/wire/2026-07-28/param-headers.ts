/** Arguments of tools that travel in header fields, too: `x-mcp-header` in an input schema (2026-07-28, transports). */
import type { HeaderList } from '../../../net/http/headers.ts';
import { locate, type Span } from '../json-text.ts';
import { isObject } from '../jsonrpc.ts';
import { headerMismatch } from './errors.ts';
import { decodeFieldValue, encodeFieldValue } from './header-value.ts';

/** One argument of a tool that a header field repeats. */
export interface ParamHeader {
  /** The part of the field's name after `Mcp-Param-`. */
  readonly name: string;
  /** Where the argument stands in `arguments`. */
  readonly path: readonly string[];
  readonly numeric: boolean;
}

const KEY = 'x-mcp-header';
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const permittedTypes: ReadonlySet<unknown> = new Set(['string', 'integer', 'boolean']);

/** All headers that a tool's input schema declares, or why the tool must not be used. */
export function paramHeaders(inputSchema: unknown): readonly ParamHeader[] | string {
  const found: ParamHeader[] = [];
  const names = new Set<string>();
  const problem = scan(inputSchema, [], true, found, names, 0);
  return problem ?? found;
}

function scan(
  node: unknown,
  path: readonly string[],
  reachable: boolean,
  found: ParamHeader[],
  names: Set<string>,
  depth: number,
): string | null {
  if (depth > 64) return 'the input schema is nested too deeply';
  if (Array.isArray(node)) {
    for (const one of node) {
      const problem = scan(one, path, false, found, names, depth + 1);
      if (problem !== null) return problem;
    }
    return null;
  }
  if (!isObject(node)) return null;
  if (KEY in node) {
    const problem = declare(node, path, reachable, found, names);
    if (problem !== null) return problem;
  }
  for (const [key, value] of Object.entries(node)) {
    if (plainKeywords.has(key)) continue;
    if (key === 'properties' && isObject(value)) {
      for (const [name, property] of Object.entries(value)) {
        const problem = scan(property, [...path, name], reachable, found, names, depth + 1);
        if (problem !== null) return problem;
      }
      continue;
    }
    const children = mapKeywords.has(key) && isObject(value) ? Object.values(value) : value;
    const problem = scan(children, path, false, found, names, depth + 1);
    if (problem !== null) return problem;
  }
  return null;
}

/** Keywords whose values are data, not schemas. */
const plainKeywords: ReadonlySet<string> = new Set(['default', 'const', 'enum', 'examples', KEY]);
/** Keywords whose values are schemas by name. */
const mapKeywords: ReadonlySet<string> = new Set(['$defs', 'definitions', 'patternProperties', 'dependentSchemas']);

function declare(
  node: Readonly<Record<string, unknown>>,
  path: readonly string[],
  reachable: boolean,
  found: ParamHeader[],
  names: Set<string>,
): string | null {
  const name = node[KEY];
  const at = path.join('.') || 'the schema itself';
  if (!reachable || path.length === 0) return `${KEY} of ${at} is not on a property that is always there`;
  if (typeof name !== 'string' || !token.test(name)) return `${KEY} of ${at} is no header name`;
  if (!permittedTypes.has(node['type'])) return `${KEY} of ${at} is not on a string, integer or boolean`;
  if (names.has(name.toLowerCase())) return `${KEY} "${name}" is declared twice`;
  names.add(name.toLowerCase());
  found.push({ name, path, numeric: node['type'] === 'integer' });
  return null;
}

/**
 * Checks the fields of a call against its arguments.
 * @param text That of the params.
 * @throws ModernError `-32020`
 */
export function checkParamFields(headers: HeaderList, declared: readonly ParamHeader[], text: string): void {
  const params: unknown = text === '' ? null : JSON.parse(text);
  for (const { name, path, numeric } of declared) {
    const value = valueText(params, text, path);
    if (value === null) continue;
    const field = headers.get(`mcp-param-${name.toLowerCase()}`);
    if (field === undefined) throw headerMismatch(`the Mcp-Param-${name} header is missing`);
    const decoded = decodeFieldValue(field);
    if (decoded === null) throw headerMismatch(`Mcp-Param-${name} is not valid base64`);
    if (decoded !== value && !(numeric && isSameNumber(decoded, value))) {
      throw headerMismatch(`Mcp-Param-${name} is not ${path.join('.')} of the arguments`);
    }
  }
}

/** The fields of a call that we send, as a flat list. @param text That of the params. */
export function paramFields(declared: readonly ParamHeader[], text: string): string[] {
  const params: unknown = text === '' ? null : JSON.parse(text);
  return declared.flatMap(({ name, path }) => {
    const value = valueText(params, text, path);
    return value === null ? [] : [`mcp-param-${name.toLowerCase()}`, encodeFieldValue(value)];
  });
}

const integer = /^-?\d+$/;

/** Whether two texts are one number; integers of any size. */
function isSameNumber(a: string, b: string): boolean {
  if (integer.test(a) && integer.test(b)) return BigInt(a) === BigInt(b);
  return a.trim() !== '' && Number(a) === Number(b);
}

/** An argument as a header field says it, numbers as they are written; null when there is nothing to say. */
function valueText(params: unknown, text: string, path: readonly string[]): string | null {
  const whole = ['arguments', ...path];
  let value = params;
  for (const key of whole) value = isObject(value) ? value[key] : undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'number' || !Number.isFinite(value)) return null;
  if (Number.isSafeInteger(value)) return String(value);
  const spans: Span[] = [];
  locate(text, 0, whole, spans);
  const span = spans.at(-1);
  return span === undefined ? String(value) : text.slice(span.start, span.end);
}
