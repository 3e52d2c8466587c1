import { CelErrorValue, invalid } from '../errors.ts';
import type { Evaluate } from '../frame.ts';
import { MapBuilder } from '../maps.ts';
import { dyn, map, string } from '../types.ts';
import { isError } from '../values.ts';
import type { Callable, SpecialForm } from './table.ts';

function form(
  name: string,
  args: readonly [min: number, max: number],
  rest: Pick<SpecialForm, 'result' | 'compile'> & Partial<SpecialForm>,
): SpecialForm {
  return {
    kind: 'form',
    name,
    member: false,
    pure: true,
    minArgs: args[0],
    maxArgs: args[1],
    readsAll: false,
    ...rest,
  };
}

/** Whether the error means that something is not there, which `default` makes good; others it passes on. */
function isMissing(error: CelErrorValue): boolean {
  return error.code === 'noSuchKey' || error.code === 'undeclared';
}

const defaultTo: SpecialForm = form('default', [2, 2], {
  result: (args, join) => join(args),
  compile(args) {
    const [first, fallback] = args as readonly [Evaluate, Evaluate];
    return (frame) => {
      const value = first(frame);
      if (value === null) return fallback(frame);
      return value instanceof CelErrorValue && isMissing(value) ? fallback(frame) : value;
    };
  },
});

const coalesce: SpecialForm = form('coalesce', [1, Infinity], {
  result: (args, join) => join(args),
  compile: (args) => (frame) => {
    let sawNull = false;
    let last: CelErrorValue | null = null;
    for (const arg of args) {
      const value = arg(frame);
      if (value instanceof CelErrorValue) last = value;
      else if (value !== null) return value;
      else sawNull = true;
    }
    return sawNull ? null : (last ?? invalid('coalesce() of nothing'));
  },
});

const variables: SpecialForm = form('variables', [0, 0], {
  pure: false,
  readsAll: true,
  result: () => map(string, dyn),
  compile: (_args, roots) => (frame) => {
    const found = new MapBuilder();
    for (const root of roots) {
      const value = root.adapt(frame.activation.get(root.name));
      if (value !== null && !isError(value)) found.set(root.name, root.name, value);
    }
    return found.build();
  },
});

/** Functions that choose what to evaluate: `default`, `coalesce` and `variables`. */
export const lazyForms: readonly Callable[] = [defaultTo, coalesce, variables];
