import { compileCondition } from './compile-expr.ts';
import { uidOf, type Entity, type EntityStore } from './entities.ts';
import { CedarError } from './errors.ts';
import type { ActionScopeJson, NamedPolicy, PolicyJson, ScopeJson } from '../../model/policies/cedar-json.ts';
import { references, type References } from './references.ts';
import type { CedarRequest, Evaluation } from './request.ts';
import type { CedarRecord, EntityUid } from './values/value.ts';

/** What a policy set says, as Cedar's authorizer does: a forbid wins, and without a permit nothing is allowed. */
export interface CedarDecision {
  readonly allowed: boolean;
  /** The policies that decided: the forbids that hold, else the permits that do. */
  readonly determining: readonly string[];
  /** The policies that were left out because they could not be evaluated. */
  readonly errors: readonly { readonly id: string; readonly effect: 'permit' | 'forbid'; readonly message: string }[];
}

interface CompiledPolicy {
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  readonly holds: (evaluation: Evaluation) => boolean;
}

/** Actions whose policies are remembered; clients choose no others than those of the schema. */
const mostActions = 256;

/** Policies compiled to closures, together with the entities that the configuration names. */
export class PolicySet {
  /** What its decisions depend on. */
  readonly references: References;
  readonly entities: EntityStore;
  readonly #policies: readonly (CompiledPolicy & { readonly covers: (action: EntityUid) => boolean })[];
  readonly #byAction: Map<string, readonly CompiledPolicy[]> = new Map();

  /** @throws CedarError for what Cedar's parser would not have let through */
  constructor(policies: readonly NamedPolicy[], entities: EntityStore) {
    this.entities = entities;
    this.references = references(policies.map(({ json }) => json));
    this.#policies = policies.map(({ id, json }) => ({
      id,
      effect: json.effect,
      covers: compileActionScope(json.action, entities),
      holds: compilePolicy(json),
    }));
  }

  /** Decides. Never throws CedarError: a policy that fails is left out, and named. */
  decide(request: CedarRequest): CedarDecision {
    const evaluation = new FullRequest(request, this.entities);
    const permits: string[] = [];
    const forbids: string[] = [];
    const errors: CedarDecision['errors'][number][] = [];
    for (const { id, effect, holds } of this.#forAction(request.action)) {
      try {
        if (holds(evaluation)) (effect === 'permit' ? permits : forbids).push(id);
      } catch (error) {
        if (!(error instanceof CedarError)) throw error;
        errors.push({ id, effect, message: error.message });
      }
    }
    if (forbids.length > 0) return { allowed: false, determining: forbids, errors };
    return { allowed: permits.length > 0, determining: permits, errors };
  }

  #forAction(action: EntityUid): readonly CompiledPolicy[] {
    let found = this.#byAction.get(action.key);
    if (found === undefined) {
      found = this.#policies.filter(({ covers }) => covers(action));
      if (this.#byAction.size < mostActions) this.#byAction.set(action.key, found);
    }
    return found;
  }
}

/** A request's own entities stand before those of the same name in the configuration. */
class FullRequest implements Evaluation {
  readonly principal: Entity;
  readonly action: EntityUid;
  readonly resource: Entity;
  readonly context: CedarRecord;
  readonly #store: EntityStore;

  constructor({ principal, action, resource, context }: CedarRequest, store: EntityStore) {
    this.principal = principal;
    this.action = action;
    this.resource = resource;
    this.context = context;
    this.#store = store;
  }

  entity({ key }: EntityUid): Entity | undefined {
    if (key === this.principal.uid.key) return this.principal;
    if (key === this.resource.uid.key) return this.resource;
    return this.#store.get(key);
  }
}

function compilePolicy({ principal, resource, conditions }: PolicyJson): (evaluation: Evaluation) => boolean {
  const tests = [
    compileScope(principal, (evaluation) => evaluation.principal),
    compileScope(resource, (evaluation) => evaluation.resource),
  ].filter((test) => test !== null);
  for (const { kind, body } of conditions) {
    const condition = compileCondition(body);
    tests.push(kind === 'when' ? condition : (evaluation) => !condition(evaluation));
  }
  return function holds(evaluation) {
    for (const test of tests) if (!test(evaluation)) return false;
    return true;
  };
}

function compileScope(
  scope: ScopeJson,
  of: (evaluation: Evaluation) => Entity,
): ((evaluation: Evaluation) => boolean) | null {
  switch (scope.op) {
    case 'All':
      return null;
    case '==': {
      const { key } = uidOf(scope.entity);
      return (evaluation) => of(evaluation).uid.key === key;
    }
    case 'in':
      return within(uidOf(scope.entity), of);
    case 'is': {
      const { entity_type: type } = scope;
      if (scope.in === undefined) return (evaluation) => of(evaluation).uid.type === type;
      const inside = within(uidOf(scope.in.entity), of);
      return (evaluation) => of(evaluation).uid.type === type && inside(evaluation);
    }
  }
}

function within({ key }: EntityUid, of: (evaluation: Evaluation) => Entity): (evaluation: Evaluation) => boolean {
  return (evaluation) => {
    const { uid, ancestors } = of(evaluation);
    return uid.key === key || ancestors.has(key);
  };
}

function compileActionScope(scope: ActionScopeJson, entities: EntityStore): (action: EntityUid) => boolean {
  if (scope.op === 'All') return () => true;
  if (scope.op === '==') {
    const { key } = uidOf(scope.entity);
    return (action) => action.key === key;
  }
  const keys = ('entities' in scope ? scope.entities : [scope.entity]).map((entity) => uidOf(entity).key);
  return (action) => {
    const ancestors = entities.get(action.key)?.ancestors;
    return keys.some((key) => key === action.key || ancestors?.has(key) === true);
  };
}
