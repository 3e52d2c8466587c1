import { qualifiedName, type CallNode, type LoopNode, type MessageNode, type Node, type SelectNode } from './ast.ts';
import { Calls } from './check-calls.ts';
import type { Environment } from './environment.ts';
import { CelError, CelErrorValue } from './errors.ts';
import type { Checked } from './ir.ts';
import { typeOfValue } from './check-values.ts';
import { constantNames, messageTypes } from './functions/messages.ts';
import { candidates, Scope } from './scope.ts';
import { didYouMean } from './suggest.ts';
import { bool, dyn, formatType, isOptional, list, map, optional, type CelType, type ObjectType } from './types.ts';
import { rangeTypes, Unifier } from './unify.ts';

/** What checking an expression yields. */
export interface CheckResult {
  readonly root: Checked;
  readonly type: CelType;
  readonly references: ReadonlySet<string>;
  readonly roots: ReadonlySet<string>;
}

/**
 * Resolves names and types of a syntax tree; throws {@link CelError} for what cannot be right.
 *
 * @param locals Variables of unknown type around it, as a custom function's parameters are
 */
export function check(
  source: string,
  node: Node,
  environment: Environment,
  locals: readonly string[] = [],
): CheckResult {
  const checker = new Checker(source, environment);
  const outer = locals.map((name) => ({ name, type: dyn, slot: checker.slots++ }));
  const root = checker.check(node, new Scope(outer));
  return {
    root,
    type: checker.unifier.finish(root.type),
    references: checker.references,
    roots: checker.roots,
  };
}

const keyTypes: ReadonlySet<string> = new Set(['bool', 'int', 'uint', 'string']);

/** One pass over one expression. */
export class Checker {
  readonly source: string;
  readonly environment: Environment;
  readonly unifier: Unifier = new Unifier();
  readonly references: Set<string> = new Set();
  readonly roots: Set<string> = new Set();
  slots = 0;
  readonly #calls: Calls;
  #depth = 0;
  #nodes = 0;

  constructor(source: string, environment: Environment) {
    this.source = source;
    this.environment = environment;
    this.#calls = new Calls(this);
  }

  fail(message: string, pos: number): never {
    throw new CelError(message, this.source, pos);
  }

  /** A mistake that evaluation would meet: an error at load, or an error value where checking is off. */
  wrong(error: CelErrorValue, pos: number): Checked {
    if (!this.environment.unchecked) this.fail(error.message, pos);
    return { op: 'error', type: dyn, error };
  }

  /** Checks an expression whose value is used, which makes its attribute path a reference. */
  check(node: Node, scope: Scope): Checked {
    return this.use(this.checkPath(node, scope));
  }

  /** Makes the attribute path that the value came by a reference. */
  use(checked: Checked): Checked {
    if ((checked.op === 'root' || checked.op === 'select') && checked.path !== null) this.references.add(checked.path);
    return checked;
  }

  /** As {@link check}, but a path may still go on. */
  checkPath(node: Node, scope: Scope): Checked {
    const { limits } = this.environment;
    if (++this.#nodes > limits.nodes) this.fail(`the expression has more than ${limits.nodes} parts`, node.pos);
    if (++this.#depth > limits.depth)
      this.fail(`the expression is nested deeper than ${limits.depth} levels`, node.pos);
    const checked = this.#checkKind(node, scope);
    this.#depth--;
    return checked;
  }

  #checkKind(node: Node, scope: Scope): Checked {
    switch (node.kind) {
      case 'literal':
        return { op: 'constant', type: typeOfValue(node.value), value: node.value };
      case 'ident':
        return this.#name(node, scope) ?? this.#unknown(node.name, node.pos, scope);
      case 'select':
        return this.#select(node, scope);
      case 'call':
        return this.#call(node, scope);
      case 'list':
        return this.#list(node, scope);
      case 'map':
        return this.#map(node, scope);
      case 'message':
        return this.#message(node, scope);
      case 'loop':
        return this.#loop(node, scope);
      case 'let': {
        const value = this.check(node.value, scope);
        const slot = this.slots++;
        const body = this.check(node.body, scope.with({ name: node.name, type: value.type, slot }));
        return { op: 'let', type: body.type, slot, value, body };
      }
    }
  }

  #call(node: CallNode, scope: Scope): Checked {
    return this.#calls.check(node, scope);
  }

  #unknown(name: string, pos: number, scope: Scope): Checked {
    const known = [...scope.names(), ...Object.keys(this.environment.declarations)];
    const elsewhere = this.environment.hints[name];
    const hint = elsewhere === undefined ? didYouMean(name, known) : `; ${elsewhere}`;
    return this.wrong(new CelErrorValue('undeclared', `unknown variable '${name}'${hint}`), pos);
  }

  /** What a plain or dotted name means, or null when it is no name. */
  #name(node: Node, scope: Scope): Checked | null {
    const name = qualifiedName(node);
    if (name === null) return null;
    const local = scope.find(name);
    if (local !== null) return { op: 'slot', type: local.type, slot: local.slot };
    if (scope.find(name.slice(0, (name.indexOf('.') + 1 || name.length + 1) - 1)) !== null) return null;
    for (const candidate of candidates(this.environment.container, name)) {
      const type = Object.hasOwn(this.environment.declarations, candidate)
        ? this.environment.declarations[candidate]
        : undefined;
      if (type !== undefined) {
        this.roots.add(candidate);
        return { op: 'root', type, name: candidate, path: candidate };
      }
      const constant = constantNames.get(candidate);
      if (constant !== undefined) return { op: 'constant', type: typeOfValue(constant), value: constant };
    }
    return null;
  }

  #select(node: SelectNode, scope: Scope): Checked {
    if (!node.test && !node.optional) {
      const name = this.#name(node, scope);
      if (name !== null) return name;
    }
    const operand = this.checkPath(node.operand, scope);
    return this.select(operand, node.field, { pos: node.pos, test: node.test, optional: node.optional });
  }

  /** A field of a checked operand. */
  select(operand: Checked, field: string, how: { pos: number; test: boolean; optional: boolean }): Checked {
    const type = this.unifier.resolve(operand.type);
    const chained = isOptional(type);
    const of = chained ? (type.params[0] ?? dyn) : type;
    const fieldType = this.#fieldType(of, field, how.pos);
    const result = how.test ? bool : chained || how.optional ? optional(fieldType) : fieldType;
    const path = this.#extend(operand, of, field);
    return { op: 'select', type: result, operand, field, test: how.test, optional: how.optional, path };
  }

  #extend(operand: Checked, type: CelType, field: string): string | null {
    if (operand.op !== 'root' && operand.op !== 'select') return null;
    if (operand.path === null) return null;
    const deeper = type.kind === 'object' && !type.leaf;
    if (deeper) return `${operand.path}.${field}`;
    this.references.add(operand.path);
    return null;
  }

  #fieldType(type: CelType, field: string, pos: number): CelType {
    switch (type.kind) {
      case 'object':
        return this.#objectField(type, field, pos);
      case 'map':
        return type.value;
      case 'dyn':
      case 'variable':
        return dyn;
      default:
        if (this.environment.unchecked) return dyn;
        return this.fail(`a value of type ${formatType(type)} has no field '${field}'`, pos);
    }
  }

  #objectField(type: ObjectType, field: string, pos: number): CelType {
    const declared = Object.hasOwn(type.fields, field) ? type.fields[field] : type.rest;
    if (declared !== null && declared !== undefined) return declared;
    return this.fail(`'${type.name}' has no field '${field}'${didYouMean(field, Object.keys(type.fields))}`, pos);
  }

  #list(node: Node & { kind: 'list' }, scope: Scope): Checked {
    const elements = node.elements.map((element) => ({
      value: this.check(element.value, scope),
      optional: element.optional,
    }));
    const types = elements.map((element, index) => this.#unwrap(element, node.elements[index]?.value.pos ?? node.pos));
    return { op: 'list', type: list(this.unifier.join(types)), elements };
  }

  #map(node: Node & { kind: 'map' }, scope: Scope): Checked {
    const entries = node.entries.map((entry) => {
      const key = this.check(entry.key, scope);
      const type = this.unifier.resolve(key.type);
      if (type.kind !== 'dyn' && type.kind !== 'variable' && !(type.kind === 'scalar' && keyTypes.has(type.name))) {
        this.wrong(new CelErrorValue('invalid', `a map key cannot be of type ${formatType(type)}`), entry.key.pos);
      }
      return { key, value: this.check(entry.value, scope), optional: entry.optional };
    });
    const keys = this.unifier.join(entries.map((entry) => entry.key.type));
    const values = this.unifier.join(
      entries.map((entry, index) => this.#unwrap(entry, node.entries[index]?.value.pos ?? node.pos)),
    );
    return { op: 'map', type: map(keys, values), entries };
  }

  /** The type of an element, of its content where it is written with `?`. */
  #unwrap(element: { readonly value: Checked; readonly optional: boolean }, pos: number): CelType {
    const type = this.unifier.resolve(element.value.type);
    if (!element.optional || type.kind === 'dyn') return type;
    const content = this.unifier.fresh();
    if (this.unifier.assign([optional(content)], [type])) return content;
    this.wrong(new CelErrorValue('noSuchOverload', `expected an optional after '?', found ${formatType(type)}`), pos);
    return dyn;
  }

  #message(node: MessageNode, scope: Scope): Checked {
    for (const candidate of candidates(this.environment.container, node.name)) {
      const message = messageTypes.get(candidate);
      if (message === undefined) continue;
      const fields = node.fields.map((field) => {
        const type = message.fields[field.name];
        if (type === undefined) this.fail(`${candidate} has no field '${field.name}'`, field.pos);
        const value = this.check(field.value, scope);
        const expected = field.optional ? optional(type) : type;
        if (!this.unifier.assign([expected], [value.type])) {
          const found = formatType(this.unifier.finish(value.type));
          this.wrong(
            new CelErrorValue('noSuchOverload', `expected ${formatType(expected)}, found ${found}`),
            field.value.pos,
          );
        }
        return { name: field.name, value, optional: field.optional };
      });
      return { op: 'message', type: message.type, message, fields };
    }
    const hint = didYouMean(node.name, messageTypes.keys());
    return this.wrong(new CelErrorValue('undeclared', `unknown message type '${node.name}'${hint}`), node.pos);
  }

  #loop(node: LoopNode, scope: Scope): Checked {
    const range = this.check(node.range, scope);
    const type = this.unifier.resolve(range.type);
    const types = rangeTypes(type);
    if (types === null || (node.loop.mapOnly && type.kind === 'list')) {
      const expected = node.loop.mapOnly ? 'a map' : 'a list or map';
      const message = `${node.loop.name} runs over ${expected}, not ${formatType(type)}`;
      return this.wrong(new CelErrorValue('noSuchOverload', message), node.range.pos);
    }
    const bound = node.variables.length === 1 ? [types[node.loop.variable]] : [types.key, types.value];
    const slots = bound.map(() => this.slots++);
    let inner = scope;
    node.variables.forEach((name, index) => {
      inner = inner.with({ name, type: bound[index] ?? dyn, slot: slots[index] ?? 0 });
    });
    const bodies = node.bodies.map((body, index) => {
      const checked = this.check(body, inner);
      if (node.loop.conditions[index] === true && !this.unifier.assign([bool], [checked.type])) {
        const found = formatType(this.unifier.finish(checked.type));
        this.wrong(new CelErrorValue('noSuchOverload', `expected a bool condition, found ${found}`), body.pos);
      }
      return checked;
    });
    const result = node.loop.result(
      bodies.map((body) => body.type),
      types,
    );
    return { op: 'loop', type: result, loop: node.loop, range, slots, bodies };
  }
}
