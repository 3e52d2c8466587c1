import { GatewayError } from '../../base/errors.ts';
import type { CelErrorValue } from '../../expr/cel/errors.ts';
import { CelFlatten, flattenedFields } from '../../expr/cel/flatten.ts';
import { toBytes, toJs, toJsonText, toText } from '../../expr/cel/output.ts';
import { noCustomFunctions, type CustomFunctions } from '../../expr/cel/custom-functions.ts';
import type { Activation } from '../../expr/cel/frame.ts';
import { library, ruleLibrary } from '../../expr/cel/functions/library.ts';
import type { FunctionTable } from '../../expr/cel/functions/table.ts';
import { compileCel, loadCustomFunctions, type CelProgram } from '../../expr/cel/program.ts';
import { durationToMs } from '../../expr/cel/time.ts';
import { CelDuration } from '../../expr/cel/values.ts';
import { allVariables, contexts, type ContextName } from '../../expr/variables.ts';
import type { Expression } from '../../model/model.ts';
import type { ProcessSettings } from '../../model/process.ts';
import type { LogValue } from '../../telemetry/access-log/value.ts';

/** Where an expression stands, which decides the variables that it may name. */
export type ExpressionPlace = ContextName;

/** The functions of one configuration that all its expressions may call. @throws CelError where they are wrong. */
export function customFunctionsOf({ customFunctions }: ProcessSettings): CustomFunctions {
  return customFunctions === undefined ? noCustomFunctions : loadCustomFunctions(customFunctions, allVariables);
}

/** The fields that a log writes in place of one whose value is flattened. */
export class FieldGroup {
  readonly fields: readonly (readonly [name: string, value: LogValue])[];

  constructor(fields: readonly (readonly [name: string, value: LogValue])[]) {
    this.fields = fields;
  }
}

/** Compiles the expressions of one place of the configuration and remembers which attributes they name. */
export class Expressions {
  readonly #functions: CustomFunctions;
  readonly #references: Set<string> = new Set();

  /** @param functions What the expressions may call besides the built-in functions. */
  constructor(functions: CustomFunctions) {
    this.#functions = functions;
  }

  /** True when an expression compiled so far names the attribute, a part of it, or the whole that it is part of. */
  reads(attribute: string): boolean {
    const [root = ''] = attribute.split('.');
    if (this.#references.has(attribute) || this.#references.has(root)) return true;
    for (const path of this.#references) if (path.startsWith(`${attribute}.`)) return true;
    return false;
  }

  /** A condition; an expression that fails, or is no boolean, does not hold. */
  condition(source: Expression, place: ExpressionPlace): (attributes: Activation) => boolean {
    const program = this.#compile(source, place);
    return (attributes) => program.evaluateBool(attributes);
  }

  /**
   * A condition whose failure matters: a bool or why there is none, and the attributes that it names. It fails where it takes
   * a field that a client has sent more than once for one text.
   */
  test(
    source: Expression,
    place: ExpressionPlace,
  ): { readonly test: (attributes: Activation) => boolean | CelErrorValue; readonly references: ReadonlySet<string> } {
    const program = this.#compile(source, place, ruleLibrary);
    return { test: (attributes) => program.evaluateTest(attributes), references: program.references };
  }

  /** An expression itself, for those who make more of its result than a method here. */
  program(source: Expression, place: ExpressionPlace): CelProgram {
    return this.#compile(source, place);
  }

  /** A text; undefined where the expression fails. */
  text(source: Expression, place: ExpressionPlace): (attributes: Activation) => string | undefined {
    const program = this.#compile(source, place);
    return (attributes) => toText(program.evaluate(attributes));
  }

  /** A body: bytes as they are, anything else as text. The function throws GatewayError where the expression fails. */
  bytes(source: Expression, place: ExpressionPlace): (attributes: Activation) => Uint8Array {
    const program = this.#compile(source, place);
    return (attributes) => {
      const bytes = toBytes(program.evaluate(attributes));
      if (bytes === undefined) throw new GatewayError('expressionFailed');
      return bytes;
    };
  }

  /** A member of an LLM request, as JSON text; undefined where the expression fails. It may name `llmRequest`. */
  member(source: Expression): (activation: Activation) => string | undefined {
    const program = this.#compile(source, 'llmRequest');
    return (activation) => {
      const text = toJsonText(program.evaluate(activation));
      return typeof text === 'string' ? text : undefined;
    };
  }

  /** A time span: a duration, or a number of milliseconds; 0 where the expression fails. */
  milliseconds(source: Expression): (attributes: Activation) => number {
    const program = this.#compile(source, 'request');
    return (attributes) => {
      const value = program.evaluate(attributes);
      if (value instanceof CelDuration) return durationToMs(value);
      const number = toJs(value);
      return typeof number === 'number' ? number : 0;
    };
  }

  /** A log field: a JSON value, the fields of a flattened one, undefined where the expression fails. */
  logField(name: string, source: Expression): (attributes: Activation) => LogValue | FieldGroup {
    const program = this.#compile(source, 'log');
    return (attributes) => {
      const result = program.evaluate(attributes);
      return result instanceof CelFlatten ? new FieldGroup(flattenedFields(name, result)) : toJs(result);
    };
  }

  #compile(source: Expression, place: ExpressionPlace, functions: FunctionTable = library): CelProgram {
    const program = compileCel(source, contexts[place], { customFunctions: this.#functions, functions });
    for (const path of program.references) this.#references.add(path);
    return program;
  }
}
