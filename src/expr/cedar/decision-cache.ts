import type { Entity } from './entities.ts';
import type { CedarDecision, PolicySet } from './policy-set.ts';
import type { References } from './references.ts';
import type { CedarRequest } from './request.ts';
import { canonical, CedarRecord, type CedarValue } from './values/value.ts';

/** Decisions of one generation; there are two. */
const mostDecisions = 4096;

/** Clients choose what stands in a key: a longer one is not kept. */
const longestKey = 2048;

/** What the questions of one request have in common, on the way to their decisions: made into text once. */
export interface Asking {
  readonly principal: Entity;
  readonly action: CedarRequest['action'];
  /** What policies read of it. */
  readonly key: string;
}

type ContextPath = References['context'][number];

/**
 * Remembers what a policy set decided. A key holds every name, ancestor, attribute, tag and context value that a policy
 * of the set can read, so that equal keys mean equal decisions. Its size is bounded: when one generation is full, the one
 * before it is forgotten.
 */
export class DecisionCache {
  readonly #policies: PolicySet;
  readonly #references: References;
  /** Those paths into the context that lead to the same for all questions of a request, and the others. */
  readonly #commonPaths: readonly ContextPath[];
  readonly #ownPaths: readonly ContextPath[];
  /** Entities are made anew only when something about them has changed. */
  readonly #entityKeys: WeakMap<Entity, string> = new WeakMap();
  #young: Generation = new Generation();
  #old: Generation = new Generation();

  /** @param common Names of the context that have one value for all questions of a request. */
  constructor(policies: PolicySet, common: ReadonlySet<string> = new Set()) {
    this.#policies = policies;
    this.#references = policies.references;
    const isCommon = ([name]: ContextPath): boolean => name !== undefined && common.has(name);
    this.#commonPaths = this.#references.context.filter(isCommon);
    this.#ownPaths = this.#references.context.filter((path) => !isCommon(path));
  }

  /** Begins one question or many. @param context What they have in common of it. */
  ask(principal: Entity, action: Asking['action'], context: CedarRecord): Asking {
    let key = `${action.key}\n${this.#entityKey(principal)}`;
    for (const path of this.#commonPaths) key += `\n${pathKey(context, path)}`;
    return { principal, action, key };
  }

  /** As {@link PolicySet.decide}. @param context The whole of this question. */
  decide(asking: Asking, resource: Entity, context: CedarRecord): CedarDecision {
    let key = this.#entityKey(resource);
    for (const path of this.#ownPaths) key += `\n${pathKey(context, path)}`;
    const young = this.#young.get(asking, key);
    if (young !== undefined) return young;
    const { principal, action } = asking;
    const decision = this.#old.get(asking, key) ?? this.#policies.decide({ principal, action, resource, context });
    if (asking.key.length + key.length <= longestKey) this.#keep(asking, key, decision);
    return decision;
  }

  #keep(asking: Asking, key: string, decision: CedarDecision): void {
    if (this.#young.size >= mostDecisions) {
      this.#old = this.#young;
      this.#young = new Generation();
    }
    this.#young.add(asking, key, decision);
  }

  #entityKey(entity: Entity): string {
    let key = this.#entityKeys.get(entity);
    if (key === undefined) this.#entityKeys.set(entity, (key = entityKey(entity, this.#references)));
    return key;
  }
}

/** Decisions by what the questions of a request have in common, then by the question: that makes short keys of many. */
class Generation {
  size = 0;
  readonly #decisions: Map<string, Map<string, CedarDecision>> = new Map();

  get(asking: Asking, key: string): CedarDecision | undefined {
    return this.#decisions.get(asking.key)?.get(key);
  }

  /** Adds one that is not there. */
  add(asking: Asking, key: string, decision: CedarDecision): void {
    const known = this.#decisions.get(asking.key);
    if (known === undefined) this.#decisions.set(asking.key, new Map([[key, decision]]));
    else known.set(key, decision);
    this.size += 1;
  }
}

function entityKey({ uid, ancestors, attributes, tags }: Entity, references: References): string {
  const parts = [uid.key, [...ancestors].toSorted().join(',')];
  for (const name of references.attributes) parts.push(textOf(attributes.get(name)));
  if (references.tags === null) parts.push(canonical(tags));
  else for (const name of references.tags) parts.push(textOf(tags.get(name)));
  return parts.join('\t');
}

/** No canonical text is empty, and none has a line break or a tab in it. */
function textOf(value: CedarValue | undefined): string {
  return value === undefined ? '' : canonical(value);
}

/** What is at a path: how far it can be followed, and the value there. */
function pathKey(record: CedarRecord, path: readonly string[]): string {
  let value: CedarValue = record;
  let depth = 0;
  for (const name of path) {
    // Something else than a record ends the path: what policies see beyond it follows from the value itself.
    if (!(value instanceof CedarRecord)) break;
    const field: CedarValue | undefined = value.get(name);
    if (field === undefined) return `${depth}!`;
    value = field;
    depth += 1;
  }
  return `${depth}:${canonical(value)}`;
}
