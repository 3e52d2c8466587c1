import type { Evaluate } from '../frame.ts';
import type { CelType } from '../types.ts';
import type { CelResult, CelValue } from '../values.ts';

/** What computes a call. Its arguments are never errors and have the types that the overload declares. */
export type Implementation = (...args: never[]) => CelResult;

/** One signature of a function; for a member function the receiver is the first parameter. */
export interface Overload {
  readonly params: readonly CelType[];
  /** The type of any further arguments; absent: there may be none. */
  readonly rest?: CelType;
  readonly result: CelType;
  /** Gets the arguments and, unless there is a `rest`, the evaluation's frame after them. */
  readonly call: Implementation;
  /** How much slower than copying its work on large arguments is; 1 when absent. */
  readonly weight?: number;
  /**
   * Called once for each place in an expression where the overload may be used, with the arguments that are constant
   * there (undefined where not), to prepare work ahead or keep state of that place. May throw {@link BadConstant}.
   */
  readonly prepare?: (constants: readonly (CelValue | undefined)[]) => Implementation;
  /** Has the last word on the result where one of the arguments is a list. */
  readonly review?: Review;
}

/** What a result becomes, with the arguments that it was computed from. */
export type Review = (args: readonly CelValue[], result: CelResult) => CelResult;

/** A function whose arguments are all evaluated first. */
export interface FunctionDef {
  readonly kind: 'function';
  /** The name, qualified by its namespace (`math.abs`); operators as the parser names them (`_+_`). */
  readonly name: string;
  readonly member: boolean;
  /** Whether equal arguments always give equal results, so that constant calls are computed at load. */
  readonly pure: boolean;
  /** Whether the function reads a field of its first argument named by its second, as `m["field"]` does. */
  readonly access: 'none' | 'plain' | 'optional';
  /** What it takes, where its signatures would not say it well in a message. */
  readonly expects?: string;
  readonly overloads: readonly Overload[];
}

/** A variable and how its value is adapted. */
export interface RootReader {
  readonly name: string;
  readonly adapt: (value: unknown) => CelResult;
}

/** A function that decides itself which arguments to evaluate. */
export interface SpecialForm {
  readonly kind: 'form';
  readonly name: string;
  readonly member: boolean;
  readonly pure: boolean;
  readonly minArgs: number;
  readonly maxArgs: number;
  /** Whether it may read any variable, so that all count as referenced. */
  readonly readsAll: boolean;
  /** The result type of arguments of these types, or the index of an argument whose type is wrong. */
  result(args: readonly CelType[], join: (types: readonly CelType[]) => CelType): CelType | number;
  compile(args: readonly Evaluate[], roots: readonly RootReader[]): Evaluate;
}

export type Callable = FunctionDef | SpecialForm;

/** A constant argument that can never work, such as an invalid regular expression; a load error. */
export class BadConstant extends Error {
  /** Which argument. */
  readonly argument: number;
  constructor(argument: number, message: string) {
    super(message);
    this.name = 'BadConstant';
    this.argument = argument;
  }
}

/** Declares one signature. */
export function overload(params: readonly CelType[], result: CelType, call: Implementation): Overload {
  return { params, result, call };
}

/** Declares a function that is called by name. */
export function global(name: string, ...overloads: Overload[]): FunctionDef {
  return { kind: 'function', name, member: false, pure: true, access: 'none', overloads };
}

/** Declares a function that is called on its first parameter. */
export function member(name: string, ...overloads: Overload[]): FunctionDef {
  return { kind: 'function', name, member: true, pure: true, access: 'none', overloads };
}

/** Functions by name; overloads that several tables declare for one name are joined. */
export class FunctionTable {
  readonly #byKey: Map<string, Callable> = new Map();

  constructor(tables: readonly (readonly Callable[])[]) {
    for (const callable of tables.flat()) this.#add(callable);
  }

  #add(callable: Callable): void {
    const key = tableKey(callable.name, callable.member);
    const known = this.#byKey.get(key);
    if (known === undefined) this.#byKey.set(key, callable);
    else if (known.kind === 'function' && callable.kind === 'function') {
      const overloads = [...known.overloads, ...callable.overloads];
      this.#byKey.set(key, { ...known, overloads });
    } else throw new Error(`${callable.name} is declared twice`);
  }

  /** This table and more functions. */
  extend(more: readonly Callable[]): FunctionTable {
    return new FunctionTable([[...this.#byKey.values()], more]);
  }

  get(name: string, isMember: boolean): Callable | undefined {
    return this.#byKey.get(tableKey(name, isMember));
  }

  /** Every name that can be called that way, for suggestions and documentation. */
  names(isMember: boolean): string[] {
    return [...this.#byKey.values()]
      .filter((callable) => callable.member === isMember)
      .map((callable) => callable.name);
  }
}

function tableKey(name: string, isMember: boolean): string {
  return isMember ? `*.${name}` : name;
}
