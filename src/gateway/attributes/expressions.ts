import { GatewayError } from '../../base/errors.ts';
import { toBytes, toJs, toText } from '../../expr/cel/output.ts';
import { compileCel, type CelProgram } from '../../expr/cel/program.ts';
import { durationToMs } from '../../expr/cel/time.ts';
import { CelDuration } from '../../expr/cel/values.ts';
import { contexts } from '../../expr/variables.ts';
import type { Expression } from '../../model/model.ts';
import type { LogValue } from '../../telemetry/access-log/value.ts';
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
  return (attributes) => toText(program.evaluate(attributes));
}

/** A body: bytes as they are, anything else as text. Throws GatewayError where the expression fails. */
export function compileBytes(
  source: Expression,
  place: ExpressionPlace,
): (attributes: ExchangeAttributes) => Uint8Array {
  const program = compile(source, place);
  return (attributes) => {
    const bytes = toBytes(program.evaluate(attributes));
    if (bytes === undefined) throw new GatewayError('expressionFailed');
    return bytes;
  };
}

/** A time span: a duration, or a number of milliseconds; 0 where the expression fails. */
export function compileMilliseconds(source: Expression): (attributes: ExchangeAttributes) => number {
  const program = compile(source, 'request');
  return (attributes) => {
    const value = program.evaluate(attributes);
    if (value instanceof CelDuration) return durationToMs(value);
    const number = toJs(value);
    return typeof number === 'number' ? number : 0;
  };
}

/** A value for a log field: a JSON value, undefined where the expression fails. */
export function compileLogValue(source: Expression): (attributes: ExchangeAttributes) => LogValue {
  const program = compile(source, 'log');
  return (attributes) => toJs(program.evaluate(attributes));
}
