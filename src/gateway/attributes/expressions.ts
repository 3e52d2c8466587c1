import { GatewayError } from '../../base/errors.ts';
import { compileCel, type CelProgram } from '../../expr/cel/program.ts';
import { contexts } from '../../expr/variables.ts';
import type { Expression } from '../../model/model.ts';
import type { ExchangeAttributes } from './exchange-attributes.ts';

/** Where an expression stands, which decides the variables that it may name. */
export type ExpressionPlace = 'request' | 'response' | 'log';

function compile(source: Expression, place: ExpressionPlace): CelProgram {
  return compileCel(source, contexts[place]);
}

/** A condition; an expression that fails, or is no boolean, does not hold. */
export function compileCondition(
  source: Expression,
  place: ExpressionPlace,
): (attributes: ExchangeAttributes) => boolean {
  const program = compile(source, place);
  return (attributes) => program.evaluateBool(attributes);
}

/** A text; undefined where the expression fails. */
export function compileText(
  source: Expression,
  place: ExpressionPlace,
): (attributes: ExchangeAttributes) => string | undefined {
  const program = compile(source, place);
  return (attributes) => program.evaluateText(attributes);
}

/** A body: bytes as they are, anything else as text. Throws GatewayError where the expression fails. */
export function compileBytes(
  source: Expression,
  place: ExpressionPlace,
): (attributes: ExchangeAttributes) => Uint8Array | string {
  const program = compile(source, place);
  return (attributes) => {
    const value = program.evaluateJs(attributes);
    if (value instanceof Uint8Array) return value;
    const text = program.evaluateText(attributes);
    if (text === undefined) throw new GatewayError('expressionFailed');
    return text;
  };
}

/** A time span: a duration, or a number of milliseconds; 0 where the expression fails. */
export function compileMilliseconds(source: Expression): (attributes: ExchangeAttributes) => number {
  const program = compile(source, 'request');
  return (attributes) => program.evaluateMilliseconds(attributes) ?? 0;
}

/** A value for a log field: text, number or boolean; undefined where the expression fails. */
export function compileLogValue(
  source: Expression,
): (attributes: ExchangeAttributes) => string | number | boolean | undefined {
  const program = compile(source, 'log');
  return (attributes) => {
    const value = program.evaluateJs(attributes);
    if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') return value;
    return program.evaluateText(attributes);
  };
}
