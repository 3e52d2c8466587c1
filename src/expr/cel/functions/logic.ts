import { CelErrorValue } from '../errors.ts';
import type { Evaluate } from '../frame.ts';
import { bool, type CelType } from '../types.ts';
import type { CelResult } from '../values.ts';
import type { Callable, SpecialForm } from './table.ts';

const notBool = new CelErrorValue('noSuchOverload', "'&&', '||' and '?:' need bool operands");

function isBool(type: CelType): boolean {
  return (
    type.kind === 'dyn' || type.kind === 'variable' || type === bool || (type.kind === 'scalar' && type.name === 'bool')
  );
}

function errorOf(result: CelResult): CelErrorValue {
  return result instanceof CelErrorValue ? result : notBool;
}

/**
 * `&&` (deciding on false) and `||` (on true): an operand that decides does so whatever the others are, errors included
 * (CEL spec, "Logical Operators").
 */
function logic(name: string, deciding: boolean): SpecialForm {
  return {
    kind: 'form',
    name,
    member: false,
    pure: true,
    minArgs: 2,
    maxArgs: Infinity,
    readsAll: false,
    result(args) {
      const wrong = args.findIndex((type) => !isBool(type));
      return wrong < 0 ? bool : wrong;
    },
    compile(args) {
      return args.length === 2
        ? compileTwo(args[0] as Evaluate, args[1] as Evaluate, deciding)
        : compileMany(args, deciding);
    },
  };
}

function compileTwo(first: Evaluate, second: Evaluate, deciding: boolean): Evaluate {
  const other = !deciding;
  return (frame) => {
    const left = first(frame);
    if (left === deciding) return deciding;
    const right = second(frame);
    if (right === deciding) return deciding;
    if (left !== other) return errorOf(left);
    return right === other ? other : errorOf(right);
  };
}

function compileMany(args: readonly Evaluate[], deciding: boolean): Evaluate {
  const other = !deciding;
  return (frame) => {
    let error: CelErrorValue | null = null;
    for (const arg of args) {
      const result = arg(frame);
      if (result === deciding) return deciding;
      if (result !== other) error ??= errorOf(result);
    }
    return error ?? other;
  };
}

const conditional: SpecialForm = {
  kind: 'form',
  name: '_?_:_',
  member: false,
  pure: true,
  minArgs: 3,
  maxArgs: 3,
  readsAll: false,
  result: (args, join) => (isBool(args[0] as CelType) ? join(args.slice(1)) : 0),
  compile(args) {
    const [condition, then, otherwise] = args as [Evaluate, Evaluate, Evaluate];
    return (frame) => {
      const chosen = condition(frame);
      if (chosen === true) return then(frame);
      return chosen === false ? otherwise(frame) : errorOf(chosen);
    };
  },
};

/** `&&`, `||` and `?:`. */
export const logicForms: readonly Callable[] = [logic('_&&_', false), logic('_||_', true), conditional];
