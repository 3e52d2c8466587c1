import { dyn, formatType, int, isOptional, string, type CelType } from './types.ts';

/** What type variables stand for. */
interface Lookup {
  get(id: number): CelType | undefined;
}

/** What trying a call would teach, over what is known already. */
export class Trial implements Lookup {
  readonly learnt: Map<number, CelType> = new Map();
  readonly #known: Lookup;

  constructor(known: Lookup) {
    this.#known = known;
  }

  get(id: number): CelType | undefined {
    return this.learnt.get(id) ?? this.#known.get(id);
  }

  set(id: number, type: CelType): void {
    this.learnt.set(id, type);
  }
}

/** Types to which null may be assigned (CEL's message-like types). */
function isNullable(type: CelType): boolean {
  if (type.kind === 'abstract' || type.kind === 'object') return true;
  return type.kind === 'scalar' && type.name.includes('.');
}

/** The checker's type variables and the relation between types (CEL spec, "Gradual Type Checking"). */
export class Unifier {
  readonly #bound: Map<number, CelType> = new Map();
  #next = 0;

  /** A new unknown type. */
  fresh(): CelType {
    return { kind: 'variable', id: this.#next++ };
  }

  /** A signature's types with each parameter replaced by a new unknown. */
  instantiate(types: readonly CelType[]): CelType[] {
    const names = new Map<string, CelType>();
    return types.map((type) => this.#replaceParams(type, names));
  }

  #replaceParams(type: CelType, names: Map<string, CelType>): CelType {
    if (type.kind !== 'param') return mapParts(type, (part) => this.#replaceParams(part, names));
    let variable = names.get(type.name);
    if (variable === undefined) names.set(type.name, (variable = this.fresh()));
    return variable;
  }

  /** Tries to assign each source to its target; on success keeps what that taught about the unknowns. */
  assign(targets: readonly CelType[], sources: readonly CelType[]): boolean {
    const learnt = this.try(targets, sources);
    if (learnt === null) return false;
    this.keep(learnt);
    return true;
  }

  /** As {@link assign}, but only returns what would be learnt; null when it cannot be. */
  try(targets: readonly CelType[], sources: readonly CelType[]): Trial | null {
    const trial = new Trial(this.#bound);
    const fits = targets.every((target, index) => assignable(target, sources[index] ?? dyn, trial));
    return fits ? trial : null;
  }

  /** Accepts what {@link try} returned. */
  keep(trial: Trial): void {
    for (const [id, type] of trial.learnt) this.#bound.set(id, type);
  }

  /** The type with all known unknowns filled in. */
  resolve(type: CelType, within: Lookup = this.#bound): CelType {
    const found = prune(type, within);
    return found.kind === 'variable' ? found : mapParts(found, (part) => this.resolve(part, within));
  }

  /** As {@link resolve}, with what stays unknown as dyn. */
  finish(type: CelType): CelType {
    const found = prune(type, this.#bound);
    return found.kind === 'variable' ? dyn : mapParts(found, (part) => this.finish(part));
  }

  /** The one type of several values, such as a list's elements; dyn when they have none in common. */
  join(types: readonly CelType[]): CelType {
    let joined: CelType | null = null;
    for (const type of types) {
      if (joined === null) joined = type;
      else if (this.assign([joined], [type])) joined = moreGeneral(this.resolve(joined), this.resolve(type));
      else if (this.assign([type], [joined])) joined = type;
      else return dyn;
    }
    return this.resolve(joined ?? this.fresh());
  }
}

function mapParts(type: CelType, change: (part: CelType) => CelType): CelType {
  switch (type.kind) {
    case 'list':
      return { kind: 'list', element: change(type.element) };
    case 'map':
      return { kind: 'map', key: change(type.key), value: change(type.value) };
    case 'type':
      return { kind: 'type', of: change(type.of) };
    case 'abstract':
      return { ...type, params: type.params.map(change) };
    default:
      return type;
  }
}

function prune(type: CelType, within: Lookup): CelType {
  let found = type;
  while (found.kind === 'variable') {
    const next = within.get(found.id);
    if (next === undefined) return found;
    found = next;
  }
  return found;
}

function occurs(id: number, type: CelType, within: Lookup): boolean {
  const found = prune(type, within);
  if (found.kind === 'variable') return found.id === id;
  let inside = false;
  mapParts(found, (part) => {
    inside ||= occurs(id, part, within);
    return part;
  });
  return inside;
}

/** Of two types that fit each other, the one that promises less. */
function moreGeneral(a: CelType, b: CelType): CelType {
  if (a.kind === 'dyn' || b.kind === 'dyn') return dyn;
  if (a.kind === 'scalar' && a.name === 'null_type') return b;
  if (a.kind === 'list' && b.kind === 'list') return { kind: 'list', element: moreGeneral(a.element, b.element) };
  if (a.kind === 'map' && b.kind === 'map') {
    return { kind: 'map', key: moreGeneral(a.key, b.key), value: moreGeneral(a.value, b.value) };
  }
  if (a.kind === 'abstract' && b.kind === 'abstract') {
    return { ...a, params: a.params.map((part, index) => moreGeneral(part, b.params[index] ?? dyn)) };
  }
  return a;
}

function assignable(target: CelType, source: CelType, trial: Trial): boolean {
  const to = prune(target, trial);
  const from = prune(source, trial);
  if (to.kind === 'variable') {
    if (from.kind === 'variable' && from.id === to.id) return true;
    if (occurs(to.id, from, trial)) return false;
    trial.set(to.id, from);
    return true;
  }
  if (from.kind === 'variable') {
    if (occurs(from.id, to, trial)) return false;
    trial.set(from.id, to);
    return true;
  }
  if (to.kind === 'dyn' || from.kind === 'dyn') {
    if (target.kind === 'variable') trial.set(target.id, dyn);
    return true;
  }
  const fits = assignableParts(to, from, trial);
  if (fits && target.kind === 'variable') widen(target.id, to, from, trial);
  return fits;
}

/** A parameter that several arguments share takes the most general of their types. */
function widen(id: number, to: CelType, from: CelType, trial: Trial): void {
  const general = moreGeneral(to, from);
  if (general !== to && !occurs(id, general, trial)) trial.set(id, general);
}

function assignableParts(to: CelType, from: CelType, trial: Trial): boolean {
  if (from.kind === 'scalar' && from.name === 'null_type' && isNullable(to)) return true;
  if (to.kind === 'scalar' && to.name === 'null_type' && isNullable(from)) return true;
  switch (to.kind) {
    case 'scalar':
      return from.kind === 'scalar' && from.name === to.name;
    case 'list':
      return from.kind === 'list' && assignable(to.element, from.element, trial);
    case 'map':
      if (from.kind === 'object') {
        return assignable(to.key, string, trial) && assignable(to.value, dyn, trial);
      }
      return from.kind === 'map' && assignable(to.key, from.key, trial) && assignable(to.value, from.value, trial);
    case 'type':
      return from.kind === 'type';
    case 'abstract':
      return (
        from.kind === 'abstract' &&
        from.name === to.name &&
        from.params.length === to.params.length &&
        to.params.every((part, index) => assignable(part, from.params[index] ?? dyn, trial))
      );
    case 'object':
      if (from.kind === 'map') return assignable(from.key, string, trial);
      return from.kind === 'object' && from.name === to.name;
    default:
      return false;
  }
}

/** Key and value types of what a loop or index goes through; null when it is neither list, map nor unknown. */
export function rangeTypes(type: CelType): { key: CelType; value: CelType; single: CelType } | null {
  const of = isOptional(type) ? (type.params[0] ?? dyn) : type;
  switch (of.kind) {
    case 'list':
      return { key: int, value: of.element, single: of.element };
    case 'map':
      return { key: of.key, value: of.value, single: of.key };
    case 'object':
      return { key: string, value: dyn, single: string };
    case 'dyn':
    case 'variable':
      return { key: dyn, value: dyn, single: dyn };
    default:
      return null;
  }
}

/** Whether two types read the same, for results of several overloads. */
export function sameType(a: CelType, b: CelType): boolean {
  return formatType(a) === formatType(b);
}
