import { noCustomFunctions } from '../../expr/cel/custom-functions.ts';
import { CelError } from '../../expr/cel/errors.ts';
import { compileCel, loadCustomFunctions } from '../../expr/cel/program.ts';
import { formatType, type CelType } from '../../expr/cel/types.ts';
import { allVariables, contexts } from '../../expr/variables.ts';
import type { Expression } from '../../model/model.ts';
import { reportInside, type Context, type Path } from './context.ts';

/** When an expression runs, which decides what it may refer to. */
export type Moment = 'request' | 'llmRequest' | 'response' | 'log';

/** Checks an expression for its moment and reports what is wrong at the character where it is. */
export function expression(context: Context, path: Path, source: string, moment: Moment): Expression {
  checkedType(context, path, source, moment);
  return source;
}

/** {@link expression} that must be true or false. */
export function condition(context: Context, path: Path, source: string, moment: Moment): Expression {
  const type = checkedType(context, path, source, moment);
  if (type !== undefined && type.kind !== 'dyn' && formatType(type) !== 'bool') {
    reportInside(context, path, `the expression must be true or false, not ${formatType(type)}`, source, 0);
  }
  return source;
}

/** {@link expression} for each value of a map. */
export function expressionMap(
  context: Context,
  path: Path,
  sources: Readonly<Record<string, string>>,
  moment: Moment,
): ReadonlyMap<string, Expression> {
  return new Map(
    Object.entries(sources).map(([name, source]) => [name, expression(context, [...path, name], source, moment)]),
  );
}

/**
 * Checks the definitions of `config.customFunctions` and lets all expressions checked from now on call them; undefined
 * where there are none.
 */
export function customFunctions(context: Context, path: Path, source: string): string | undefined {
  try {
    context.customFunctions = loadCustomFunctions(source, allVariables);
  } catch (error) {
    context.customFunctions = null;
    reportCel(context, path, source, error);
  }
  return source.trim() === '' ? undefined : source;
}

function checkedType(context: Context, path: Path, source: string, moment: Moment): CelType | undefined {
  try {
    const functions = context.customFunctions ?? noCustomFunctions;
    return compileCel(source, contexts[moment], { customFunctions: functions }).type;
  } catch (error) {
    if (context.customFunctions !== null || !namesUnknownFunction(error)) reportCel(context, path, source, error);
    return undefined;
  }
}

/** After wrong definitions, what an unknown function's call says has been said already. */
function namesUnknownFunction(error: unknown): boolean {
  return error instanceof CelError && error.message.startsWith('unknown function');
}

/** Reports a CelError in `source` at its character; anything else is thrown on. */
function reportCel(context: Context, path: Path, source: string, error: unknown): void {
  if (!(error instanceof CelError)) throw error;
  const lines = source.split('\n').slice(0, error.line - 1);
  const before = lines.reduce((sum, line) => sum + line.length + 1, 0);
  reportInside(context, path, error.message, source, before + error.column - 1);
}
