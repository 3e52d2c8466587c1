import type { Logger } from '../../../base/logger.ts';
import { DecisionCache, type Asking } from '../../../expr/cedar/decision-cache.ts';
import { EntityStore, type Entity } from '../../../expr/cedar/entities.ts';
import { PolicySet, type CedarDecision } from '../../../expr/cedar/policy-set.ts';
import { EntityUid, MapRecord, emptyRecord } from '../../../expr/cedar/values/value.ts';
import type { CedarSpec } from '../../../model/policies/authorization.ts';
import type { Counter } from '../../../telemetry/metrics/series.ts';
import type { Exchange } from '../../exchange.ts';
import type { Answer, Authorizer, Resource } from '../authorizer.ts';
import { RuleFailures } from '../rule-failures.ts';
import { PrincipalEntities } from './principal-entity.ts';
import { commonNames, RequestContext } from './request-context.ts';

/**
 * Cedar policies of one place, compiled. Unlike Cedar itself, it refuses what a `forbid` that could not be evaluated may
 * be about.
 */
export class CedarAuthorizer implements Authorizer {
  readonly places: readonly string[];
  readonly #cache: DecisionCache;
  readonly #store: EntityStore;
  readonly #principals: PrincipalEntities;
  readonly #failures: RuleFailures;
  readonly #reporters: Map<string, (error: { readonly message: string }) => void> = new Map();
  /** Decisions that are remembered are the same object each time. */
  readonly #answers: WeakMap<CedarDecision, Answer> = new WeakMap();
  readonly #resources: WeakMap<Resource, Entity> = new WeakMap();
  readonly #actions: Map<string, EntityUid>;

  /** @throws CedarError for policies that the loader did not check */
  constructor(spec: CedarSpec, place: string, log: Logger, errors: Counter) {
    this.places = [place];
    this.#store = new EntityStore(spec.entities);
    this.#cache = new DecisionCache(new PolicySet(spec.policies, this.#store), commonNames);
    this.#principals = new PrincipalEntities(this.#store, spec);
    this.#failures = new RuleFailures(log, errors, 'authorization.cedar', place);
    this.#actions = new Map(
      spec.entities.flatMap(({ uid }) =>
        'type' in uid && uid.type === 'Action' ? [[uid.id, new EntityUid(uid.type, uid.id)] as const] : [],
      ),
    );
  }

  decide(x: Exchange, action: string, resource: Resource): Answer {
    const context = new RequestContext(x);
    return this.#answer(this.#ask(x, action, context), resource, context);
  }

  decideAll(x: Exchange, action: string, resources: readonly Resource[]): readonly Answer[] {
    const context = new RequestContext(x);
    const asking = this.#ask(x, action, context);
    return resources.map((resource) => this.#answer(asking, resource, context));
  }

  #ask(x: Exchange, action: string, context: RequestContext): Asking {
    const uid = this.#actions.get(action) ?? new EntityUid('Action', action);
    return this.#cache.ask(this.#principals.of(x.principal), uid, context);
  }

  #answer(asking: Asking, resource: Resource, context: RequestContext): Answer {
    context.own = resource.context ?? null;
    const decision = this.#cache.decide(asking, this.#entityOf(resource), context);
    if (decision.errors.length > 0) this.#report(decision);
    let answer = this.#answers.get(decision);
    if (answer === undefined) this.#answers.set(decision, (answer = answerOf(decision)));
    return answer;
  }

  #entityOf(resource: Resource): Entity {
    let entity = this.#resources.get(resource);
    if (entity !== undefined) return entity;
    const uid = new EntityUid(resource.type, resource.id);
    const known = this.#store.get(uid.key);
    const parents = resource.parents.map(({ type, id }) => new EntityUid(type, id));
    entity = {
      uid,
      attributes: new MapRecord(new Map(Object.entries(resource.attributes))),
      ancestors: this.#store.ancestors(uid, parents),
      tags: known?.tags ?? emptyRecord,
    };
    this.#resources.set(resource, entity);
    return entity;
  }

  #report({ errors }: CedarDecision): void {
    for (const { id, effect, message } of errors) {
      let report = this.#reporters.get(id);
      if (report === undefined) {
        const rule = `${effect} ${id}`;
        report = this.#failures.reporter({ rule, effect: effects[effect], reads: '' });
        this.#reporters.set(id, report);
      }
      report({ message });
    }
  }
}

const effects = { permit: 'the policy does not permit it', forbid: 'the request is refused' } as const;

function answerOf({ allowed, determining, errors }: CedarDecision): Answer {
  const failed = errors.filter(({ effect }) => effect === 'forbid').map(({ id }) => `${id} (failed)`);
  const forbidding = allowed ? failed : [...determining, ...failed];
  if (forbidding.length > 0) return { allowed: false, forbidden: true, by: forbidding.join(', ') };
  return { allowed, forbidden: false, by: allowed ? determining.join(', ') : 'no policy permits it' };
}
