import type { EntityJson, UidJson } from '../../model/policies/cedar-json.ts';
import { literal } from './literal.ts';
import { EntityUid, MapRecord, type CedarRecord, type CedarValue } from './values/value.ts';

/** An entity with what is known of it. */
export interface Entity {
  readonly uid: EntityUid;
  readonly attributes: CedarRecord;
  /** Keys of everything that it is in, at any distance; not its own. */
  readonly ancestors: ReadonlySet<string>;
  readonly tags: CedarRecord;
}

/** Entities that the configuration names, with all their ancestors. */
export class EntityStore {
  readonly #entities: ReadonlyMap<string, Entity>;

  /** What is said twice of an entity counts together; of an attribute, what is said last. */
  constructor(entities: readonly EntityJson[]) {
    const drafts = new Map<string, Draft>();
    for (const { uid: name, attrs, parents, tags = {} } of entities) {
      const uid = uidOf(name);
      const draft = drafts.get(uid.key) ?? { uid, attributes: new Map(), parents: new Set(), tags: new Map() };
      drafts.set(uid.key, draft);
      for (const [key, value] of Object.entries(attrs)) draft.attributes.set(key, literal(value));
      for (const [key, value] of Object.entries(tags)) draft.tags.set(key, literal(value));
      for (const parent of parents) draft.parents.add(uidOf(parent).key);
    }
    const finished = new Map<string, Entity>();
    for (const [key, { uid, attributes, parents, tags }] of drafts) {
      const ancestors = new Set<string>();
      collect(parents, drafts, ancestors);
      finished.set(key, { uid, attributes: new MapRecord(attributes), ancestors, tags: new MapRecord(tags) });
    }
    this.#entities = finished;
  }

  get(key: string): Entity | undefined {
    return this.#entities.get(key);
  }

  /** Everything that an entity of these parents is in, and of what the store says of it itself. */
  ancestors(uid: EntityUid, parents: readonly EntityUid[]): ReadonlySet<string> {
    const ancestors = new Set(this.#entities.get(uid.key)?.ancestors);
    for (const parent of parents) {
      ancestors.add(parent.key);
      for (const key of this.#entities.get(parent.key)?.ancestors ?? []) ancestors.add(key);
    }
    return ancestors;
  }
}

interface Draft {
  readonly uid: EntityUid;
  readonly attributes: Map<string, CedarValue>;
  readonly parents: Set<string>;
  readonly tags: Map<string, CedarValue>;
}

function collect(parents: Iterable<string>, drafts: ReadonlyMap<string, Draft>, into: Set<string>): void {
  const pending = [...parents];
  for (let key = pending.pop(); key !== undefined; key = pending.pop()) {
    if (into.has(key)) continue;
    into.add(key);
    pending.push(...(drafts.get(key)?.parents ?? []));
  }
}

/** The name that a JSON text has of an entity. */
export function uidOf(json: UidJson): EntityUid {
  const { type, id } = '__entity' in json ? json.__entity : json;
  return new EntityUid(type, id);
}
