import type { CustomFunctions } from './custom-functions.ts';
import type { FunctionTable } from './functions/table.ts';
import type { CelLimits } from './limits.ts';
import type { CelType } from './types.ts';

/** The variables that expressions of one context may name, with their types. */
export interface Declarations {
  readonly [variable: string]: CelType;
}

/** The variables of one kind of place for expressions, and where those that it lacks can be found. */
export class ExpressionContext {
  readonly variables: Declarations;
  /** By the name of a variable that is not here, for error messages: `it exists in …`. */
  readonly hints: { readonly [variable: string]: string };

  constructor(variables: Declarations, hints: { readonly [variable: string]: string }) {
    this.variables = variables;
    this.hints = hints;
  }
}

/** Everything that an expression is checked against. */
export interface Environment {
  readonly declarations: Declarations;
  readonly hints: { readonly [variable: string]: string };
  readonly functions: FunctionTable;
  readonly custom: CustomFunctions;
  readonly container: string;
  readonly unchecked: boolean;
  readonly limits: CelLimits;
}
