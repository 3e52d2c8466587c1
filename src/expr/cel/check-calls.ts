import { qualifiedName, type CallNode, type Node } from './ast.ts';
import type { Checker } from './checker.ts';
import type { CustomFunction } from './custom-functions.ts';
import { CelError, CelErrorValue } from './errors.ts';
import type { Callable, FunctionDef, Overload, SpecialForm } from './functions/table.ts';
import type { Checked } from './ir.ts';
import { candidates, Scope } from './scope.ts';
import { didYouMean } from './suggest.ts';
import { dyn, formatType, list, type CelType } from './types.ts';
import { sameType, type Trial } from './unify.ts';

/** The function that a call names, with the arguments it takes (a member's receiver first). */
interface Resolved {
  readonly callable: Callable | CustomFunction;
  readonly args: readonly Node[];
}

/** The part of the checker that resolves calls. */
export class Calls {
  readonly #checker: Checker;

  constructor(checker: Checker) {
    this.#checker = checker;
  }

  check(node: CallNode, scope: Scope): Checked {
    const resolved = this.#resolve(node, scope);
    if (resolved === null) return this.#unknown(node, scope);
    const { callable, args } = resolved;
    switch (callable.kind) {
      case 'function':
        return this.#function(node, callable, args, scope);
      case 'form':
        return this.#form(node, callable, args, scope);
      case 'custom':
        return this.#custom(node, callable, args, scope);
    }
  }

  #resolve(node: CallNode, scope: Scope): Resolved | null {
    const { functions, custom, container } = this.#checker.environment;
    if (node.target === null) {
      for (const candidate of candidates(container, node.name)) {
        const callable = functions.get(candidate, false) ?? custom.get(candidate, false);
        if (callable !== undefined) return { callable, args: node.args };
      }
      return null;
    }
    const namespace = qualifiedName(node.target);
    if (namespace !== null && scope.find(namespace.split('.')[0] as string) === null) {
      for (const candidate of candidates(container, `${namespace}.${node.name}`)) {
        const callable = functions.get(candidate, false);
        if (callable !== undefined) return { callable, args: node.args };
      }
    }
    const callable = functions.get(node.name, true) ?? custom.get(node.name, true);
    return callable === undefined ? null : { callable, args: [node.target, ...node.args] };
  }

  #unknown(node: CallNode, scope: Scope): Checked {
    const { functions, custom } = this.#checker.environment;
    const namespace = node.target === null ? null : qualifiedName(node.target);
    const namespaced = namespace !== null && functions.names(false).some((name) => name.startsWith(`${namespace}.`));
    const isMember = node.target !== null && !namespaced;
    const name = namespaced ? `${namespace}.${node.name}` : node.name;
    if (node.target !== null && isMember) this.#checker.check(node.target, scope);
    const other = functions.get(node.name, !isMember) ?? custom.get(node.name, !isMember);
    const known = [...functions.names(isMember), ...custom.names(isMember)];
    const hint =
      other === undefined || namespaced
        ? didYouMean(name, known)
        : isMember
          ? `; it is called as ${node.name}(…)`
          : `; it is called on a value, as x.${node.name}(…)`;
    return this.#checker.wrong(new CelErrorValue('undeclared', `unknown function '${name}'${hint}`), node.pos);
  }

  #function(node: CallNode, callee: FunctionDef, argNodes: readonly Node[], scope: Scope): Checked {
    const [operand, key] = argNodes;
    if (callee.access === 'none' || operand === undefined || key?.kind !== 'literal' || typeof key.value !== 'string') {
      return this.#overloaded(
        node,
        callee,
        argNodes,
        argNodes.map((arg) => this.#checker.check(arg, scope)),
      );
    }
    // `m["field"]` of an object is the same as `m.field`.
    const checked = this.#checker.checkPath(operand, scope);
    if (this.#checker.unifier.resolve(checked.type).kind === 'object') {
      const optional = callee.access === 'optional';
      return this.#checker.select(checked, key.value, { pos: key.pos, test: false, optional });
    }
    return this.#overloaded(node, callee, argNodes, [this.#checker.use(checked), this.#checker.check(key, scope)]);
  }

  #overloaded(node: CallNode, callee: FunctionDef, argNodes: readonly Node[], args: readonly Checked[]): Checked {
    const sized = callee.overloads.filter((row) => takes(row, args.length));
    const { unifier } = this.#checker;
    const sources = args.map((arg) => arg.type);
    const fitting: { row: Overload; result: CelType; learnt: Trial }[] = [];
    for (const row of sized) {
      const params = Array.from({ length: args.length }, (_, index) => row.params[index] ?? row.rest ?? dyn);
      const [result, ...targets] = unifier.instantiate([row.result, ...params]);
      const learnt = unifier.try(targets, sources);
      if (learnt !== null) fitting.push({ row, result: result ?? dyn, learnt });
    }
    const first = fitting[0];
    if (first === undefined) {
      const problem = this.#mismatch(node, callee, sized, sources);
      if (!this.#checker.environment.unchecked) this.#checker.fail(problem, node.pos);
    }
    let type: CelType = dyn;
    if (first !== undefined && fitting.length === 1) {
      unifier.keep(first.learnt);
      type = unifier.resolve(first.result);
    } else if (first !== undefined) {
      const results = fitting.map((row) => unifier.resolve(row.result, row.learnt));
      const one = results[0] ?? dyn;
      if (results.every((result) => sameType(result, one)) && one.kind !== 'variable') type = one;
    }
    const overloads = this.#checker.environment.unchecked ? sized : fitting.map((row) => row.row);
    const argPositions = argNodes.map((arg) => arg.pos);
    return { op: 'call', pos: node.pos, type, callee, overloads, args, argPositions };
  }

  #mismatch(node: CallNode, callee: FunctionDef, sized: readonly Overload[], types: readonly CelType[]): string {
    const shown = types.map((type) => formatType(this.#checker.unifier.finish(type)));
    const found = callee.member
      ? `${shown[0] ?? ''}.${callee.name}(${shown.slice(1).join(', ')})`
      : describe(callee.name, shown);
    const problem = sized.length > 0 ? 'cannot be called with these types' : 'takes another number of arguments';
    const expected = (sized.length > 0 ? callee.expects : undefined) ?? this.#signatures(callee, sized, types);
    return `'${operatorOf(node.name)}' ${problem}: found ${found}; expected ${expected}`;
  }

  /** The signatures that come nearest: of those that take the first argument, if any does. */
  #signatures(callee: FunctionDef, sized: readonly Overload[], types: readonly CelType[]): string {
    const [first] = types;
    const near = sized.filter((row) => {
      const [param] = this.#checker.unifier.instantiate(row.params.slice(0, 1));
      return param !== undefined && first !== undefined && this.#checker.unifier.try([param], [first]) !== null;
    });
    const rows = near.length > 0 ? near : sized.length > 0 ? sized : callee.overloads;
    const shown = rows.slice(0, 4).map((row) => signature(callee, row));
    return shown.join(' or ') + (rows.length > shown.length ? ', …' : '');
  }

  #form(node: CallNode, form: SpecialForm, argNodes: readonly Node[], scope: Scope): Checked {
    const count = argNodes.length - (form.member ? 1 : 0);
    if (argNodes.length < form.minArgs || argNodes.length > form.maxArgs) {
      const error = new CelErrorValue('noSuchOverload', `'${operatorOf(form.name)}' does not take ${count} arguments`);
      return this.#checker.wrong(error, node.pos);
    }
    const { environment, unifier } = this.#checker;
    if (form.readsAll) {
      for (const name of Object.keys(environment.declarations)) {
        this.#checker.roots.add(name);
        this.#checker.references.add(name);
      }
    }
    const args = argNodes.map((arg) => this.#checker.check(arg, scope));
    const types = args.map((arg) => unifier.resolve(arg.type));
    let type = form.result(types, (joined) => unifier.join(joined));
    if (typeof type === 'number') {
      const wrong = formatType(unifier.finish(types[type] ?? dyn));
      const error = new CelErrorValue(
        'noSuchOverload',
        `'${operatorOf(form.name)}' cannot take a value of type ${wrong}`,
      );
      this.#checker.wrong(error, argNodes[type]?.pos ?? node.pos);
      type = dyn;
    }
    return { op: 'form', type, form, args };
  }

  /** Puts a custom function's body in the place of its call; it sees its parameters and the roots only. */
  #custom(node: CallNode, custom: CustomFunction, argNodes: readonly Node[], scope: Scope): Checked {
    const args = argNodes.map((arg) => ({ pos: arg.pos, checked: this.#checker.check(arg, scope) }));
    const own = custom.member ? ['this', ...custom.params] : [...custom.params];
    const wrongCount = custom.variadic === null ? args.length !== own.length : args.length < own.length;
    if (wrongCount) {
      const count = args.length - (custom.member ? 1 : 0);
      const error = new CelErrorValue('noSuchOverload', `'${custom.name}' does not take ${count} arguments`);
      return this.#checker.wrong(error, node.pos);
    }
    const values = own.map((name, index) => ({ name, value: (args[index] as { checked: Checked }).checked }));
    if (custom.variadic !== null) {
      const rest = args.slice(own.length).map((arg) => ({ value: arg.checked, optional: false }));
      const element = this.#checker.unifier.join(rest.map((part) => part.value.type));
      values.push({ name: custom.variadic, value: { op: 'list', type: list(element), elements: rest } });
    }
    let inner = new Scope();
    const slots = values.map(({ name, value }) => {
      const slot = this.#checker.slots++;
      inner = inner.with({ name, type: value.type, slot });
      return slot;
    });
    const body = this.#body(node, custom, inner);
    return values.reduceRight<Checked>(
      (rest, { value }, index) => ({ op: 'let', type: rest.type, slot: slots[index] ?? 0, value, body: rest }),
      body,
    );
  }

  /** A mistake in the body is reported at the call: positions of another text would mislead. */
  #body(node: CallNode, custom: CustomFunction, inner: Scope): Checked {
    try {
      return this.#checker.check(custom.body, inner);
    } catch (cause) {
      if (!(cause instanceof CelError)) throw cause;
      return this.#checker.fail(`in custom function '${custom.name}': ${cause.message}`, node.pos);
    }
  }
}

function takes(row: Overload, count: number): boolean {
  return row.rest === undefined ? row.params.length === count : count >= row.params.length;
}

/** An operator as it is written: `_+_` is `+`. */
function operatorOf(name: string): string {
  return name.startsWith('@') ? name.slice(1) : name.replaceAll(/^_|_$|_(?=[[\]?:])|(?<=[[?:])_/g, '') || name;
}

function describe(name: string, args: readonly string[]): string {
  const operator = operatorOf(name);
  if (operator === name) return `${name}(${args.join(', ')})`;
  return args.length === 1 ? `${operator}${args[0] ?? ''}` : args.join(` ${operator} `);
}

function signature(callee: FunctionDef, row: Overload): string {
  const params = row.params.map(formatType);
  if (row.rest !== undefined) params.push(`${formatType(row.rest)}…`);
  return callee.member
    ? `${params[0] ?? ''}.${callee.name}(${params.slice(1).join(', ')})`
    : describe(callee.name, params);
}
