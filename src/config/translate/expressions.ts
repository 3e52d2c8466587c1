import { noCustomFunctions } from '../../expr/cel/custom-functions.ts';
import { CelError } from '../../expr/cel/errors.ts';
import { compileCel, loadCustomFunctions, type CelProgram } from '../../expr/cel/program.ts';
import { formatType } from '../../expr/cel/types.ts';
import { allVariables, contexts } from '../../expr/variables.ts';
import type { Expression } from '../../model/model.ts';
import { reportInside, type Context, type Path } from './context.ts';

/** When an expression runs, which decides what it may refer to. */
export type Moment = 'connection' | 'request' | 'llmRequest' | 'mcp' | 'response' | 'log';

/** Checks an expression for its moment and reports what is wrong at the character where it is. */
export function expression(context: Context, path: Path, source: string, moment: Moment): Expression {
  checkedProgram(context, path, source, moment);
  return source;
}

/** {@link expression} that must be true or false. */
export function condition(context: Context, path: Path, source: string, moment: Moment): Expression {
  checkedCondition(context, path, source, moment);
  return source;
}

function checkedCondition(context: Context, path: Path, source: string, moment: Moment): CelProgram | undefined {
  const program = checkedProgram(context, path, source, moment);
  const type = program?.type;
  if (type !== undefined && type.kind !== 'dyn' && formatType(type) !== 'bool') {
    reportInside(context, path, `the expression must be true or false, not ${formatType(type)}`, source, 0);
  }
  return program;
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

/**
 * {@link condition} on who the caller is.
 * @param permitted Says why an attribute (`request.path`) cannot stand there, or undefined when it can.
 */
export function callerCondition(
  context: Context,
  path: Path,
  source: string,
  permitted: (attribute: string) => string | undefined,
): Expression {
  for (const attribute of checkedCondition(context, path, source, 'request')?.references ?? []) {
    const why = permitted(attribute);
    if (why !== undefined) reportInside(context, path, why, source, Math.max(0, source.indexOf(attribute)));
  }
  return source;
}

function checkedProgram(context: Context, path: Path, source: string, moment: Moment): CelProgram | undefined {
  try {
    const functions = context.customFunctions ?? noCustomFunctions;
    return compileCel(source, contexts[moment], { customFunctions: functions });
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
