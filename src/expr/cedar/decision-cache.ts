import type { Entity } from './entities.ts';
import type { CedarDecision, PolicySet } from './policy-set.ts';
import type { References } from './references.ts';
import type { CedarRequest } from './request.ts';
import { canonical, CedarRecord, type CedarValue } from './values/value.ts';

/** Decisions of one generation; there are two. */
const mostDecisions = 4096;

/** Clients choose what stands in a key: a longer one is not kept. */
const longestKey = 2048;

/** A context on the way to its decisions: what policies read of it is made into text once. */
export interface KeyedContext {
  readonly record: CedarRecord;
  /** What policies read of it. */
  readonly key: string;
}

/**
 * Remembers what a policy set decided. A key holds every name, ancestor, attribute, tag and context value that a policy
 * of the set can read, so that equal keys mean equal decisions. Its size is bounded: when one generation is full, the one
 * before it is forgotten.
 */
export class DecisionCache {
  readonly #policies: PolicySet;
  readonly #references: References;
  /** Entities are made anew only when something about them has changed. */
  readonly #entityKeys: WeakMap<Entity, string> = new WeakMap();
  #young: Map<string, CedarDecision> = new Map();
  #old: Map<string, CedarDecision> = new Map();

  constructor(policies: PolicySet) {
    this.#policies = policies;
    this.#references = policies.references;
  }

  /** Prepares a context for one decision or many. */
  context(record: CedarRecord): KeyedContext {
    let key = '';
    for (const path of this.#references.context) key += `${pathKey(record, path)}\n`;
    return { record, key };
  }

  /** As {@link PolicySet.decide}. */
  decide(request: Omit<CedarRequest, 'context'>, context: KeyedContext): CedarDecision {
    const { principal, action, resource } = request;
    const key = `${action.key}\n${this.#entityKey(principal)}\n${this.#entityKey(resource)}\n${context.key}`;
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const decision =
      this.#old.get(key) ?? this.#policies.decide({ principal, action, resource, context: context.record });
    if (key.length <= longestKey) this.#keep(key, decision);
    return decision;
  }

  #keep(key: string, decision: CedarDecision): void {
    if (this.#young.size >= mostDecisions) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, decision);
  }

  #entityKey(entity: Entity): string {
    let key = this.#entityKeys.get(entity);
    if (key === undefined) this.#entityKeys.set(entity, (key = entityKey(entity, this.#references)));
    return key;
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
