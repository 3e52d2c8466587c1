import { EntityStore, uidOf, type Entity } from '../entities.ts';
import { literal } from '../literal.ts';
import type { TypeAndId } from '../../../model/policies/cedar-json.ts';
import { PolicySet } from '../policy-set.ts';
import type { CedarRequest } from '../request.ts';
import { CedarRecord, emptyRecord } from '../values/value.ts';
import type { Question } from './arbitraries.ts';

/** A question as the engine takes it. */
export interface Asked {
  readonly policies: PolicySet;
  readonly request: CedarRequest;
}

/** Compiles a question; policies are called `p0`, `p1` … */
export function compileQuestion({ policies, entities, principal, action, resource, context }: Question): Asked {
  const store = new EntityStore(entities);
  const entity = (name: TypeAndId): Entity => {
    const uid = uidOf(name);
    return store.get(uid.key) ?? { uid, attributes: emptyRecord, ancestors: new Set(), tags: emptyRecord };
  };
  const record = literal(context);
  if (!(record instanceof CedarRecord)) throw new TypeError('the context is no record');
  return {
    policies: new PolicySet(
      policies.map((json, index) => ({ id: `p${index}`, json })),
      store,
    ),
    request: { principal: entity(principal), action: uidOf(action), resource: entity(resource), context: record },
  };
}
