import { GatewayError } from '../../../base/errors.ts';
import type { Activation } from '../../../expr/cel/frame.ts';
import { toBytes, toJs, toText, type JsValue } from '../../../expr/cel/output.ts';
import { isError, type CelResult } from '../../../expr/cel/values.ts';
import type { Expression } from '../../../model/model.ts';
import type { TransformSpec } from '../../../model/policies/transformations.ts';
import { connectionFields, isToken } from '../../../net/http/fields.ts';
import type { HeaderList } from '../../../net/http/headers.ts';
import type { Expressions } from '../../attributes/expressions.ts';
import type { RuleFailures } from '../../authorization/rule-failures.ts';
import type { Exchange } from '../../exchange.ts';
import { computedValue } from '../headers/field-text.ts';

/** Where `metadata` is kept for later expressions. */
export type FactHolder = Pick<Exchange, 'fact' | 'setFact'>;

/** A head whose fields are changed; a pseudo header is set by the function, which ignores what cannot be one. */
export interface ChangedHead {
  readonly headers: HeaderList;
  setPseudo(name: string, value: string): void;
}

/** Changes a head; `attributes` see every change so far. */
export type ChangeFields = (facts: FactHolder, attributes: Activation, head: ChangedHead) => void;

/** A transform, and what its expressions read. */
export interface CompiledTransform {
  readonly change: ChangeFields;
  /** The new body; null: it stays. Throws GatewayError where it cannot be computed. */
  readonly body: ((attributes: Activation) => Uint8Array) | null;
  /** Of the fields; the body's are not among them. */
  readonly references: ReadonlySet<string>;
}

/** What transforms are compiled with. */
export interface TransformPorts {
  readonly expressions: Expressions;
  readonly failures: RuleFailures;
}

/** What an expression gives; undefined where it fails, which is logged and counted. */
type Computed<T> = (attributes: Activation) => T | undefined;

const unusable = { message: 'what it gives cannot stand there' };

/**
 * Compiles metadata, replace, add, set and remove, which run in this order, and the body (agentgateway §1.3). A field whose
 * expression fails, or yields what no field can hold, is taken away, so that no client's value stands where a computed one
 * belongs; metadata is left as it was; a pseudo header, too. Unlike there, a `replace` that fails ends the request.
 */
export function compileTransform(
  spec: TransformSpec,
  place: 'request' | 'response',
  { expressions, failures }: TransformPorts,
): CompiledTransform {
  const references = new Set<string>();
  const compute = <T>(
    name: string,
    source: Expression,
    effect: string,
    convert: (result: CelResult) => T | undefined,
  ): Computed<T> => {
    const program = expressions.program(source, place);
    if (name !== 'body') for (const path of program.references) references.add(path);
    const report = failures.reporter({
      rule: `${place}.${name}`,
      effect,
      reads: [...program.references].join(', '),
    });
    return (attributes) => {
      const result = program.evaluate(attributes);
      const value = convert(result);
      if (value === undefined) report(isError(result) ? result : unusable);
      return value;
    };
  };
  const fields = (part: 'add' | 'set'): (readonly [string, Computed<string>])[] =>
    [...spec[part]]
      .filter(([name]) => isChangeable(name))
      .map(([name, source]) => {
        const effect = isPseudo(name) ? `${name} is left as it was` : `the field ${name} is taken away`;
        return [name, compute(`${part}.${name}`, source, effect, toFieldValue)];
      });
  const metadata = [...spec.metadata].map(([name, source]): readonly [string, Computed<JsValue>] => [
    name,
    compute(`metadata.${name}`, source, 'it is left as it was', toJs),
  ]);
  const fails = `the ${place} fails`;
  const replace = spec.replace === undefined ? null : compute('replace', spec.replace, fails, toFields);
  const add = fields('add');
  const set = fields('set');
  const remove = spec.remove.filter((name) => isChangeable(name) && !isPseudo(name));
  const body = spec.body === undefined ? null : compute('body', spec.body, fails, toBytes);
  return {
    references,
    change: function changeFields(facts, attributes, head) {
      for (const [name, value] of metadata) setMetadata(facts, name, value(attributes));
      if (replace !== null) replaceAll(head.headers, replace(attributes));
      for (const [name, value] of add) write(head, name, value(attributes), true);
      for (const [name, value] of set) write(head, name, value(attributes), false);
      for (const name of remove) head.headers.delete(name);
    },
    body:
      body === null
        ? null
        : (attributes) => {
            const bytes = body(attributes);
            if (bytes === undefined) throw new GatewayError('expressionFailed', 'the body could not be computed');
            return bytes;
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

function toFieldValue(result: CelResult): string | undefined {
  const text = toText(result);
  return text === undefined ? undefined : computedValue(text);
}

function toFields(result: CelResult): { readonly [name: string]: JsValue } | undefined {
  const value = toJs(result);
  return typeof value !== 'object' || value === null || Array.isArray(value) ? undefined : value;
}

function setMetadata(facts: FactHolder, name: string, value: JsValue | undefined): void {
  if (value === undefined) return;
  const before = facts.fact('metadata') as Readonly<Record<string, JsValue>> | undefined;
  facts.setFact('metadata', { ...before, [name]: value });
}

function write(head: ChangedHead, name: string, value: string | undefined, append: boolean): void {
  if (isPseudo(name)) {
    if (value !== undefined) head.setPseudo(name, value);
  } else if (value === undefined) head.headers.delete(name);
  else if (append) head.headers.append(name, value);
  else head.headers.set(name, value);
}

/** Before the first change everything is known, so that nothing is half done. */
function replaceAll(headers: HeaderList, fields: { readonly [name: string]: JsValue } | undefined): void {
  if (fields === undefined) throw new GatewayError('expressionFailed', 'the header fields could not be computed');
  const flat: string[] = [];
  for (const [written, values] of Object.entries(fields)) {
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
