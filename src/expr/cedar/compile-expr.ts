import { CedarError, typeError } from './errors.ts';
import { extension, isExtension } from './extensions.ts';
import { likePattern, type PatternJson } from './like.ts';
import { literal } from './literal.ts';
import { isIn } from './membership.ts';
import { operators } from './operators.ts';
import type { ExprJson, ValueJson } from '../../model/policies/cedar-json.ts';
import type { Evaluation } from './request.ts';
import { CedarRecord, CedarSet, EntityUid, MapRecord, typeOf, type CedarValue } from './values/value.ts';

/** A compiled expression. @throws CedarError where Cedar has an error */
export type Evaluate = (evaluation: Evaluation) => CedarValue;

/** An expression with its value where that is known without a request. */
interface Compiled {
  readonly run: Evaluate;
  readonly value?: CedarValue;
}

/** Compiles an expression. @throws CedarError for what is no expression, or an integer that JSON cannot hold exactly */
export function compileExpr(json: ExprJson): Evaluate {
  return compile(json).run;
}

/** {@link compileExpr} whose value must be a bool. */
export function compileCondition(json: ExprJson): (evaluation: Evaluation) => boolean {
  return truth(compile(json));
}

type Form = (operand: never) => Compiled;
interface Unary {
  readonly arg: ExprJson;
}
interface Binary {
  readonly left: ExprJson;
  readonly right: ExprJson;
}

function compile(json: ExprJson): Compiled {
  const [entry] = Object.entries(json);
  if (entry === undefined) throw new CedarError('an expression is empty');
  const [name, operand] = entry;
  const form = Object.hasOwn(forms, name) ? forms[name] : undefined;
  if (form !== undefined) return form(operand as never);
  const operator = Object.hasOwn(operators, name) ? operators[name] : undefined;
  if (operator !== undefined) {
    const { left, right } = operand as Binary;
    const [a, b] = [compile(left).run, compile(right)];
    const { value } = b;
    if (value !== undefined) return { run: (evaluation) => operator(a(evaluation), value) };
    return { run: (evaluation) => operator(a(evaluation), b.run(evaluation)) };
  }
  if (isExtension(name)) return call(name, operand as readonly ExprJson[]);
  throw new CedarError(`there is no operator ${name}`);
}

function constant(value: CedarValue): Compiled {
  return { run: () => value, value };
}

function call(name: string, args: readonly ExprJson[]): Compiled {
  const run = extension(name);
  const compiled = args.map(compile);
  const values = compiled.map(({ value }) => value);
  if (values.every((value) => value !== undefined)) {
    try {
      return constant(run(values));
    } catch (error) {
      // Wrong text of a constant is an error of each request, as Cedar has it.
      if (!(error instanceof CedarError)) throw error;
    }
  }
  return { run: (evaluation) => run(compiled.map((arg) => arg.run(evaluation))) };
}

function truth({ run }: Compiled): (evaluation: Evaluation) => boolean {
  return (evaluation) => {
    const value = run(evaluation);
    if (typeof value !== 'boolean') throw typeError('bool', typeOf(value));
    return value;
  };
}

function fieldOf(value: CedarValue, name: string, evaluation: Evaluation): CedarValue | undefined {
  if (value instanceof CedarRecord) return value.get(name);
  if (value instanceof EntityUid) return evaluation.entity(value)?.attributes.get(name);
  throw typeError('record or entity', typeOf(value));
}

function tag(value: CedarValue, name: CedarValue, evaluation: Evaluation): CedarValue | undefined {
  if (!(value instanceof EntityUid)) throw typeError('entity', typeOf(value));
  if (typeof name !== 'string') throw typeError('string', typeOf(name));
  return evaluation.entity(value)?.tags.get(name);
}

const variables: Readonly<Record<string, Evaluate>> = {
  principal: ({ principal }) => principal.uid,
  action: ({ action }) => action,
  resource: ({ resource }) => resource.uid,
  context: ({ context }) => context,
};

/** Attributes of the request's own entities are most of what policies read. */
function ownField(of: ExprJson, name: string): Evaluate | null {
  const missing = (): never => {
    throw new CedarError(`there is no attribute ${JSON.stringify(name)}`);
  };
  switch (of['Var']) {
    case 'principal':
      return ({ principal }) => principal.attributes.get(name) ?? missing();
    case 'resource':
      return ({ resource }) => resource.attributes.get(name) ?? missing();
    case 'context':
      return ({ context }) => context.get(name) ?? missing();
    default:
      return null;
  }
}

/** The operators that are no function of the values of two operands. */
const forms: Readonly<Record<string, Form>> = {
  Value: (json: ValueJson) => constant(literal(json)),
  Var: (name: string) => {
    const run = variables[name];
    if (run === undefined) throw new CedarError(`there is no variable ${name}`);
    return { run };
  },
  '!': ({ arg }: Unary) => {
    const a = truth(compile(arg));
    return { run: (evaluation) => !a(evaluation) };
  },
  neg: ({ arg }: Unary) => {
    const a = compile(arg).run;
    const minus = operators['-'];
    return { run: (evaluation) => minus?.(0, a(evaluation)) ?? 0 };
  },
  isEmpty: ({ arg }: Unary) => {
    const a = compile(arg).run;
    return {
      run: (evaluation) => {
        const set = a(evaluation);
        if (!(set instanceof CedarSet)) throw typeError('set', typeOf(set));
        return set.size === 0;
      },
    };
  },
  '&&': ({ left, right }: Binary) => {
    const [a, b] = [truth(compile(left)), truth(compile(right))];
    return { run: (evaluation) => a(evaluation) && b(evaluation) };
  },
  '||': ({ left, right }: Binary) => {
    const [a, b] = [truth(compile(left)), truth(compile(right))];
    return { run: (evaluation) => a(evaluation) || b(evaluation) };
  },
  'if-then-else': (json: { readonly if: ExprJson; readonly then: ExprJson; readonly else: ExprJson }) => {
    const [test, yes, no] = [truth(compile(json.if)), compile(json.then).run, compile(json.else).run];
    return { run: (evaluation) => (test(evaluation) ? yes(evaluation) : no(evaluation)) };
  },
  in: ({ left, right }: Binary) => {
    const [a, b] = [compile(left).run, compile(right).run];
    return { run: (evaluation) => isIn(a(evaluation), b(evaluation), evaluation) };
  },
  is: (json: { readonly left: ExprJson; readonly entity_type: string; readonly in?: ExprJson }) => {
    const a = compile(json.left).run;
    const b = json.in === undefined ? null : compile(json.in).run;
    return {
      run: (evaluation) => {
        const value = a(evaluation);
        if (!(value instanceof EntityUid)) throw typeError('entity', typeOf(value));
        if (value.type !== json.entity_type) return false;
        return b === null || isIn(a(evaluation), b(evaluation), evaluation);
      },
    };
  },
  '.': ({ left, attr }: { readonly left: ExprJson; readonly attr: string }) => {
    const own = ownField(left, attr);
    if (own !== null) return { run: own };
    const a = compile(left).run;
    return {
      run: (evaluation) => {
        const value = fieldOf(a(evaluation), attr, evaluation);
        if (value === undefined) throw new CedarError(`there is no attribute ${JSON.stringify(attr)}`);
        return value;
      },
    };
  },
  has: ({ left, attr }: { readonly left: ExprJson; readonly attr: string | readonly string[] }) => {
    const a = compile(left).run;
    const path = typeof attr === 'string' ? [attr] : attr;
    return {
      run: (evaluation) => {
        let value = a(evaluation);
        for (const name of path) {
          const field = fieldOf(value, name, evaluation);
          if (field === undefined) return false;
          value = field;
        }
        return true;
      },
    };
  },
  getTag: ({ left, right }: Binary) => {
    const [a, b] = [compile(left).run, compile(right).run];
    return {
      run: (evaluation) => {
        const value = tag(a(evaluation), b(evaluation), evaluation);
        if (value === undefined) throw new CedarError('there is no such tag');
        return value;
      },
    };
  },
  hasTag: ({ left, right }: Binary) => {
    const [a, b] = [compile(left).run, compile(right).run];
    return { run: (evaluation) => tag(a(evaluation), b(evaluation), evaluation) !== undefined };
  },
  like: ({ left, pattern }: { readonly left: ExprJson; readonly pattern: readonly PatternJson[] }) => {
    const a = compile(left).run;
    const matches = likePattern(pattern);
    return {
      run: (evaluation) => {
        const value = a(evaluation);
        if (typeof value !== 'string') throw typeError('string', typeOf(value));
        return matches(value);
      },
    };
  },
  Set: (json: readonly ExprJson[]) => {
    const items = json.map(compile);
    const values = items.map(({ value }) => value);
    if (values.every((value) => value !== undefined)) return constant(new CedarSet(values));
    return { run: (evaluation) => new CedarSet(items.map((item) => item.run(evaluation))) };
  },
  Record: (json: Readonly<Record<string, ExprJson>>) => {
    const fields = Object.entries(json).map(([name, field]) => [name, compile(field)] as const);
    const build = (valueOf: (field: Compiled) => CedarValue): CedarRecord =>
      new MapRecord(new Map(fields.map(([name, field]) => [name, valueOf(field)])));
    return { run: (evaluation) => build((field) => field.run(evaluation)) };
  },
};
