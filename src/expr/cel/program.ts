import { adapterFor } from './adapt-typed.ts';
import { check } from './checker.ts';
import { compile } from './compile.ts';
import { noCustomFunctions, parseCustomFunctions, type CustomFunctions } from './custom-functions.ts';
import { ExpressionContext, type Declarations, type Environment } from './environment.ts';
import { CelErrorValue } from './errors.ts';
import { Frame, type Activation, type Evaluate } from './frame.ts';
import { library } from './functions/library.ts';
import type { FunctionTable } from './functions/table.ts';
import { defaultLimits, type CelLimits } from './limits.ts';
import { parse } from './parser.ts';
import type { CelType } from './types.ts';
import type { CelResult } from './values.ts';

/** What an expression may use besides its variables; all optional. */
export interface CompileOptions {
  /** User-defined functions, from `parseCustomFunctions`. */
  readonly customFunctions?: CustomFunctions;
  /** The functions that exist; the whole library when absent. */
  readonly functions?: FunctionTable;
  /** Namespace that names are resolved in first (CEL spec, "Name Resolution"). */
  readonly container?: string;
  /** Leaves type errors and unknown names to evaluation; for conformance tests. */
  readonly unchecked?: boolean;
  readonly limits?: Partial<CelLimits>;
}

/** A compiled expression; stateless, so that any number of evaluations may share it. */
export class CelProgram {
  readonly source: string;
  /** The static type of the result; dyn when only evaluation can tell. */
  readonly type: CelType;
  /** Dotted paths of the attributes used: `request.path`, `jwt.sub`; a root used as a whole is just `request`. */
  readonly references: ReadonlySet<string>;
  /** The variables that {@link evaluate} asks its activation for. */
  readonly roots: ReadonlySet<string>;
  readonly #run: Evaluate;
  readonly #steps: number;

  constructor(
    source: string,
    checked: {
      readonly type: CelType;
      readonly references: ReadonlySet<string>;
      readonly roots: ReadonlySet<string>;
    },
    run: Evaluate,
    steps: number,
  ) {
    this.source = source;
    this.type = checked.type;
    this.references = checked.references;
    this.roots = checked.roots;
    this.#run = run;
    this.#steps = steps;
  }

  /** The value, or the error as a {@link CelErrorValue}; throws only what the activation throws. */
  evaluate(activation: Activation): CelResult {
    return this.#run(new Frame(activation, [], this.#steps));
  }

  /**
   * Whether the value is true. Anything that is not a bool counts as false, as an error does.
   *
   * @param report Told about the error, if there was one
   */
  evaluateBool(activation: Activation, report?: (error: CelErrorValue) => void): boolean {
    const result = this.evaluateTest(activation);
    if (typeof result === 'boolean') return result;
    report?.(result);
    return false;
  }

  /** The value if it is a bool, else why there is none. */
  evaluateTest(activation: Activation): boolean | CelErrorValue {
    const result = this.evaluate(activation);
    return typeof result === 'boolean' || result instanceof CelErrorValue ? result : notBool;
  }
}

const notBool = new CelErrorValue('noSuchOverload', 'the expression does not give a bool');

/**
 * Compiles an expression against the variables of its place.
 *
 * @throws CelError with line and column for bad syntax, unknown names and types that cannot fit
 */
export function compileCel(
  source: string,
  place: Declarations | ExpressionContext,
  options: CompileOptions = {},
): CelProgram {
  const environment = environmentOf(place, options);
  const { limits } = environment;
  const checked = check(source, parse(source, limits), environment);
  const roots = Object.entries(environment.declarations).map(([name, type]) => ({ name, adapt: adapterFor(type) }));
  const { run } = compile(checked.root, { source, roots, steps: limits.steps });
  return new CelProgram(source, checked, run, limits.steps);
}

/**
 * Reads the text of `config.customFunctions` and checks every body against the variables that exist anywhere.
 *
 * @throws CelError with line and column in that text
 */
export function loadCustomFunctions(text: string, place: Declarations | ExpressionContext): CustomFunctions {
  const customFunctions = parseCustomFunctions(text, library);
  const environment = environmentOf(place, { customFunctions });
  for (const custom of customFunctions.all()) {
    const names = [...(custom.member ? ['this'] : []), ...custom.params];
    if (custom.variadic !== null) names.push(custom.variadic);
    check(text, custom.body, environment, names);
  }
  return customFunctions;
}

function environmentOf(place: Declarations | ExpressionContext, options: CompileOptions): Environment {
  const context = place instanceof ExpressionContext ? place : new ExpressionContext(place, {});
  return {
    declarations: context.variables,
    hints: context.hints,
    functions: options.functions ?? library,
    custom: options.customFunctions ?? noCustomFunctions,
    container: options.container ?? '',
    unchecked: options.unchecked ?? false,
    limits: { ...defaultLimits, ...options.limits },
  };
}
