import type { Activation } from '../../../expr/cel/frame.ts';
import { toJs, toText, type JsValue } from '../../../expr/cel/output.ts';
import type { CelProgram } from '../../../expr/cel/program.ts';
import { GatewayError } from '../../../base/errors.ts';
import type { TransformSpec } from '../../../model/policies/transformations.ts';
import { connectionFields, isToken } from '../../../net/http/fields.ts';
import type { HeaderList } from '../../../net/http/headers.ts';
import type { ExpressionPlace, Expressions } from '../../attributes/expressions.ts';
import type { Exchange } from '../../exchange.ts';
import { computedValue } from '../headers/field-text.ts';

/** A head whose fields are changed; a pseudo header is set by the function, which ignores what cannot be one. */
export interface ChangedHead {
  readonly headers: HeaderList;
  setPseudo(name: string, value: string): void;
}

/** Changes a head; `attributes` see every change so far. */
export type ChangeFields = (x: Exchange, attributes: Activation, head: ChangedHead) => void;

/** What a transform does besides the body, and what its expressions read. */
export interface CompiledFields {
  readonly change: ChangeFields;
  readonly references: ReadonlySet<string>;
}

/**
 * Compiles metadata, replace, add, set and remove, which run in this order (agentgateway §1.3). A field whose expression
 * fails, or yields what no field can hold, is taken away, so that no client's value stands where a computed one belongs;
 * metadata is left as it was; a pseudo header, too. Unlike there, a `replace` that fails ends the request.
 */
export function compileFields(spec: TransformSpec, expressions: Expressions, place: ExpressionPlace): CompiledFields {
  const references = new Set<string>();
  const compile = (source: string): CelProgram => {
    const program = expressions.program(source, place);
    for (const path of program.references) references.add(path);
    return program;
  };
  const compileAll = (sources: ReadonlyMap<string, string>): (readonly [string, CelProgram])[] =>
    [...sources].filter(([name]) => isChangeable(name)).map(([name, source]) => [name, compile(source)]);
  const metadata = [...spec.metadata].map(([name, source]): readonly [string, CelProgram] => [name, compile(source)]);
  const replace = spec.replace === undefined ? null : compile(spec.replace);
  const add = compileAll(spec.add);
  const set = compileAll(spec.set);
  const remove = spec.remove.filter((name) => isChangeable(name) && !isPseudo(name));
  return {
    references,
    change: function changeFields(x, attributes, head) {
      for (const [name, program] of metadata) setMetadata(x, name, toJs(program.evaluate(attributes)));
      if (replace !== null) replaceAll(head.headers, toJs(replace.evaluate(attributes)));
      for (const [name, program] of add) write(head, name, toText(program.evaluate(attributes)), true);
      for (const [name, program] of set) write(head, name, toText(program.evaluate(attributes)), false);
      for (const name of remove) head.headers.delete(name);
    },
  };
}

/** `host` is the authority. */
export function isPseudo(name: string): boolean {
  return name.startsWith(':') || name === 'host';
}

/** The connection alone writes the others. */
function isChangeable(name: string): boolean {
  return isPseudo(name) || !connectionFields.has(name);
}

function setMetadata(x: Exchange, name: string, value: JsValue | undefined): void {
  if (value === undefined) return;
  const before = x.fact('metadata') as Readonly<Record<string, JsValue>> | undefined;
  x.setFact('metadata', { ...before, [name]: value });
}

function write(head: ChangedHead, name: string, text: string | undefined, append: boolean): void {
  const value = text === undefined ? undefined : computedValue(text);
  if (isPseudo(name)) {
    if (value !== undefined) head.setPseudo(name, value);
  } else if (value === undefined) head.headers.delete(name);
  else if (append) head.headers.append(name, value);
  else head.headers.set(name, value);
}

/** Before the first change everything is known, so that nothing is half done. */
function replaceAll(headers: HeaderList, result: JsValue | undefined): void {
  if (typeof result !== 'object' || result === null || Array.isArray(result)) {
    throw new GatewayError('expressionFailed', 'the header fields could not be computed');
  }
  const flat: string[] = [];
  for (const [written, values] of Object.entries(result)) {
    const name = written.toLowerCase();
    if (!isToken(name) || connectionFields.has(name)) continue;
    for (const item of Array.isArray(values) ? values : [values]) {
      if (typeof item === 'object') continue;
      const value = computedValue(String(item));
      if (value !== undefined) flat.push(name, value);
    }
  }
  headers.flat.splice(0, headers.flat.length, ...flat);
}
