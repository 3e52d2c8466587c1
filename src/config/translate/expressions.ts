import { CelError } from '../../expr/cel/errors.ts';
import { compileCel } from '../../expr/cel/program.ts';
import { formatType, type CelType } from '../../expr/cel/types.ts';
import { contexts } from '../../expr/variables.ts';
import type { Expression } from '../../model/model.ts';
import { reportInside, type Context, type Path } from './context.ts';

/** When an expression runs, which decides what it may refer to. */
export type Moment = 'request' | 'response' | 'log';

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

function checkedType(context: Context, path: Path, source: string, moment: Moment): CelType | undefined {
  try {
    return compileCel(source, contexts[moment]).type;
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    const lines = source.split('\n').slice(0, error.line - 1);
    const before = lines.reduce((sum, line) => sum + line.length + 1, 0);
    reportInside(context, path, error.message, source, before + error.column - 1);
    return undefined;
  }
}
