import { adapt } from './adapt.ts';
import { adapterFor, namedAdapter } from './adapt-typed.ts';
import { compileCall } from './compile-call.ts';
import { CelErrorValue, noSuchKey } from './errors.ts';
import { Frame, type Activation, type Evaluate } from './frame.ts';
import { ListItems, MapItems, type Bind, type Items } from './items.ts';
import type { RootReader } from './functions/table.ts';
import type { Checked, CheckedLoop, CheckedSelect } from './ir.ts';
import { isMap, mapGet, mapHas, MapBuilder, toMapKey } from './maps.ts';
import { CelDouble, CelMap, CelObject, CelOptional, isError, none, type CelResult, type CelValue } from './values.ts';

/** A compiled part: how to evaluate it, and its value where that is already known. */
export interface Compiled {
  readonly run: Evaluate;
  readonly constant: CelValue | undefined;
}

/** What compiling needs besides the checked expression. */
export interface CompileContext {
  /** The expression's text, for errors found only now. */
  readonly source: string;
  readonly roots: readonly RootReader[];
  /** Work that folding one constant may take. */
  readonly steps: number;
}

const noVariables: Activation = { get: () => undefined };

/** Turns a checked expression into closures, computing at once what depends on no variable. */
export function compile(checked: Checked, context: CompileContext): Compiled {
  return new Compiler(context).compile(checked);
}

function constant(value: CelValue): Compiled {
  return { run: () => value, constant: value };
}

function dynamic(run: Evaluate): Compiled {
  return { run, constant: undefined };
}

class Compiler {
  readonly #context: CompileContext;

  constructor(context: CompileContext) {
    this.#context = context;
  }

  compile(checked: Checked): Compiled {
    switch (checked.op) {
      case 'constant':
        return constant(checked.value);
      case 'error': {
        const { error } = checked;
        return dynamic(() => error);
      }
      case 'root':
        return dynamic(compileRoot(checked.name, adapterFor(checked.type)));
      case 'slot': {
        const { slot } = checked;
        return dynamic((frame) => frame.slots[slot] as CelResult);
      }
      case 'select':
        return this.#select(checked);
      case 'call': {
        const args = checked.args.map((arg) => this.compile(arg));
        return this.#fold(compileCall(checked, args, this.#context.source), args, checked.callee.pure);
      }
      case 'form': {
        const args = checked.args.map((arg) => this.compile(arg));
        const run = checked.form.compile(
          args.map((arg) => arg.run),
          this.#context.roots,
        );
        return this.#fold(run, args, checked.form.pure);
      }
      case 'list':
        return this.#list(checked.elements);
      case 'map':
        return this.#map(checked.entries);
      case 'message':
        return this.#message(checked);
      case 'loop':
        return dynamic(this.#loop(checked));
      case 'let': {
        const value = this.compile(checked.value).run;
        const body = this.compile(checked.body).run;
        const { slot } = checked;
        return dynamic((frame) => {
          frame.slots[slot] = value(frame);
          return body(frame);
        });
      }
    }
  }

  /** The value itself where every input is constant; an error stays to be met (or absorbed) at run time. */
  #fold(run: Evaluate, inputs: readonly Compiled[], pure: boolean): Compiled {
    if (!pure || inputs.some((input) => input.constant === undefined)) return dynamic(run);
    const value = run(new Frame(noVariables, [], this.#context.steps));
    return isError(value) ? dynamic(() => value) : constant(value);
  }

  /** An object of which one field is read; what its other fields need does not matter then. */
  #bare(checked: Checked): Compiled {
    const plain = checked.type.kind === 'object' && namedAdapter(checked.type) === undefined;
    if (plain && checked.op === 'root') return dynamic(compileRoot(checked.name, adapt));
    return plain && checked.op === 'select' ? this.#select(checked, true) : this.compile(checked);
  }

  #select(checked: CheckedSelect, bare = false): Compiled {
    const operand = this.#bare(checked.operand);
    const { field } = checked;
    const read = operand.run;
    if (checked.test) return this.#fold((frame) => hasField(read(frame), field), [operand], true);
    if (checked.optional) return this.#fold((frame) => selectOptionally(read(frame), field), [operand], true);
    const adapter = bare ? adapt : adapterFor(checked.type);
    if (adapter !== adapt) return dynamic((frame) => selectAs(read(frame), field, adapter));
    return this.#fold((frame) => selectField(read(frame), field), [operand], true);
  }

  #list(elements: readonly { readonly value: Checked; readonly optional: boolean }[]): Compiled {
    const parts = elements.map((element) => ({ ...this.compile(element.value), optional: element.optional }));
    const run: Evaluate = (frame) => {
      const list: CelValue[] = [];
      for (const part of parts) {
        const value = part.run(frame);
        if (isError(value)) return value;
        if (!part.optional) list.push(value);
        else if (!(value instanceof CelOptional)) return notOptional;
        else if (value.value !== undefined) list.push(value.value);
      }
      return list;
    };
    return this.#fold(run, parts, true);
  }

  #map(entries: readonly { readonly key: Checked; readonly value: Checked; readonly optional: boolean }[]): Compiled {
    const parts = entries.map((entry) => ({
      key: this.compile(entry.key),
      value: this.compile(entry.value),
      optional: entry.optional,
    }));
    const run: Evaluate = (frame) => {
      const map = new MapBuilder();
      for (const part of parts) {
        const key = part.key.run(frame);
        if (isError(key)) return key;
        const value = part.value.run(frame);
        if (isError(value)) return value;
        const stored = key instanceof CelDouble ? undefined : toMapKey(key);
        if (stored === undefined) return badKey;
        if (part.optional && !(value instanceof CelOptional)) return notOptional;
        const content = part.optional ? (value as CelOptional).value : value;
        if (content !== undefined && !map.set(stored, key, content)) return repeatedKey;
      }
      return map.build();
    };
    return this.#fold(
      run,
      parts.flatMap((part) => [part.key, part.value]),
      true,
    );
  }

  #message(checked: Checked & { op: 'message' }): Compiled {
    const parts = checked.fields.map((field) => ({
      ...this.compile(field.value),
      name: field.name,
      optional: field.optional,
    }));
    const run: Evaluate = (frame) => {
      const fields = new Map<string, CelValue>();
      for (const part of parts) {
        const value = part.run(frame);
        if (isError(value)) return value;
        if (part.optional && !(value instanceof CelOptional)) return notOptional;
        const content = part.optional ? (value as CelOptional).value : value;
        if (content !== undefined) fields.set(part.name, content);
      }
      return checked.message.build(fields);
    };
    return this.#fold(run, parts, true);
  }

  #loop(checked: CheckedLoop): Evaluate {
    const range = this.compile(checked.range).run;
    const bodies = checked.bodies.map((body) => this.compile(body).run);
    const { loop } = checked;
    const bind = bindItem(checked);
    return (frame) => {
      const value = range(frame);
      const items = itemsOf(value);
      if (items !== null) return loop.run(frame, items, bind, bodies);
      return isError(value) ? value : notIterable;
    };
  }
}

const notIterable = new CelErrorValue('noSuchOverload', 'a macro needs a list or map');
const notOptional = new CelErrorValue('noSuchOverload', "'?' needs an optional value");
const badKey = new CelErrorValue('invalid', 'unsupported map key type');
const repeatedKey = new CelErrorValue('invalid', 'a map key is repeated');

function compileRoot(name: string, adapter: (value: unknown) => CelResult): Evaluate {
  return (frame) => {
    const value = frame.activation.get(name);
    return value instanceof CelErrorValue ? value : adapter(value);
  };
}

function itemsOf(value: CelResult): Items | null {
  if (Array.isArray(value)) return new ListItems(value as readonly unknown[]);
  return !isError(value) && isMap(value) ? new MapItems(value) : null;
}

function bindItem(checked: CheckedLoop): Bind {
  const [first, second] = checked.slots as [number, number?];
  if (second !== undefined) {
    return (frame, items, index) => {
      frame.slots[first] = items.key(index);
      frame.slots[second] = items.value(index);
    };
  }
  const { variable } = checked.loop;
  return (frame, items, index) => {
    frame.slots[first] = items[variable](index);
  };
}

function noField(value: CelResult, field: string): CelErrorValue {
  if (value instanceof CelErrorValue) return value;
  // An absent variable is null, so a field of null is a missing one.
  return value === null
    ? noSuchKey(field)
    : new CelErrorValue('noSuchOverload', `no field '${field}' in a value that is no map`);
}

function selectField(value: CelResult, field: string): CelResult {
  if (value instanceof CelObject) {
    const found = value.field(field);
    return found === undefined ? noSuchKey(field) : adapt(found);
  }
  if (value instanceof CelMap) {
    const found = value.entries.get(field);
    return found === undefined ? noSuchKey(field) : adapt(found);
  }
  if (value instanceof CelOptional) return selectThrough(value, field);
  if (isError(value) || !isMap(value)) return noField(value, field);
  const found = mapGet(value, field);
  return found === undefined ? noSuchKey(field) : found;
}

function selectAs(value: CelResult, field: string, adapter: (value: unknown) => CelResult): CelResult {
  if (value instanceof CelObject) {
    const found = value.field(field);
    return found === undefined ? noSuchKey(field) : adapter(found);
  }
  const found = selectField(value, field);
  return isError(found) ? found : adapter(found);
}

/** A plain selection of what an optional holds gives an optional; null has no fields even so. */
function selectThrough(optional: CelOptional, field: string): CelResult {
  if (optional.value === undefined) return none;
  return optional.value === null ? noSuchKey(field) : selectOptionally(optional.value, field);
}

function selectOptionally(value: CelResult, field: string): CelResult {
  if (value instanceof CelOptional) return value.value === undefined ? none : selectOptionally(value.value, field);
  const found = selectField(value, field);
  if (!isError(found)) return new CelOptional(found);
  return found.code === 'noSuchKey' && !isError(value) ? none : found;
}

function hasField(value: CelResult, field: string): CelResult {
  if (value instanceof CelObject) return value.has(field);
  if (value instanceof CelOptional) return value.value !== undefined && hasField(value.value, field);
  if (value === null) return false;
  return isError(value) || !isMap(value) ? noField(value, field) : mapHas(value, field);
}
