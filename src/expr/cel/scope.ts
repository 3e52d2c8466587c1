import type { CelType } from './types.ts';

/** A local variable of a macro or custom function. */
export interface Local {
  readonly name: string;
  readonly type: CelType;
  readonly slot: number;
}

/** The local variables that an expression sees; of one name, the innermost. */
export class Scope {
  readonly #locals: readonly Local[];

  constructor(locals: readonly Local[] = []) {
    this.#locals = locals;
  }

  with(local: Local): Scope {
    return new Scope([...this.#locals, local]);
  }

  find(name: string): Local | null {
    return this.#locals.findLast((local) => local.name === name) ?? null;
  }

  /** The names that a person could have meant. */
  names(): string[] {
    return this.#locals.map((local) => local.name).filter((name) => !name.startsWith('@'));
  }
}

/** The names that a name may mean inside a container, most specific first (CEL spec, "Name Resolution"). */
export function candidates(container: string, name: string): string[] {
  if (name.startsWith('.')) return [name.slice(1)];
  const parts = container === '' ? [] : container.split('.');
  const found: string[] = [];
  for (let length = parts.length; length >= 0; length--) found.push([...parts.slice(0, length), name].join('.'));
  return found;
}
