import { GatewayError } from '../../base/errors.ts';
import type { Expression } from '../../model/model.ts';
import type { Conditional } from '../../model/policy.ts';
import { RuleFailures } from '../authorization/rule-failures.ts';
import type { Exchange } from '../exchange.ts';
import { ExchangeSlot } from '../exchange-slot.ts';
import { ChosenStage } from './chosen-stage.ts';
import type { FailedCondition, Policy, PolicyContext } from './policy.ts';

/** A variant, ready to run. */
interface Variant {
  /** Null: it always applies. Throws GatewayError where it cannot be said of a policy that refuses then. */
  readonly holds: ((x: Exchange) => boolean) | null;
  readonly policy: Policy;
}

/** What is said of a policy that may have variants of the spec `T`. */
interface VariantFactory<T> {
  readonly kind: string;
  readonly failedCondition: FailedCondition;
  compile(spec: T, context: PolicyContext): Policy;
}

const effects: Readonly<Record<FailedCondition, string>> = {
  refuse: 'the request is refused',
  pass: 'the variant does not apply',
};

/**
 * One policy of several variants: the first whose condition holds when a request reaches it applies to that request and
 * to its response (agentgateway §1.3). A single variant without condition is that policy itself. A condition that fails is
 * logged and counted; unlike there, no request passes by a policy that might refuse it for that.
 */
export function compileVariants<T>(factory: VariantFactory<T>, spec: Conditional<T>, context: PolicyContext): Policy {
  const { kind, failedCondition } = factory;
  const { expressions, log, metrics, place } = context;
  const failures = new RuleFailures(log, metrics.policyExpressionErrors.with(kind), kind, place);
  const condition = (source: Expression, index: number): ((x: Exchange) => boolean) => {
    const { test, references } = expressions.test(source, 'request');
    const rule = `conditional[${index}].condition`;
    const failed = failures.reporter({ rule, effect: effects[failedCondition], reads: [...references].join(', ') });
    return (x) => {
      const result = test(x.attributes());
      if (typeof result === 'boolean') return result;
      failed(result);
      if (failedCondition === 'pass') return false;
      throw new GatewayError('expressionFailed', `it could not be decided whether ${kind} applies to this request`);
    };
  };
  const variants = spec.map(({ condition: source, policy }, index): Variant => ({
    holds: source === undefined ? null : condition(source, index),
    policy: factory.compile(policy, context),
  }));
  const [first] = variants;
  if (first !== undefined && first.holds === null) return first.policy;
  return new Variants(kind, variants).policy;
}

class Variants {
  readonly policy: Policy;
  readonly #variants: readonly Variant[];
  /** The one that applies to an exchange. */
  readonly #chosen: ExchangeSlot<Policy> = new ExchangeSlot();

  constructor(kind: string, variants: readonly Variant[]) {
    this.#variants = variants;
    const any = (member: 'response' | 'stage'): boolean =>
      variants.some(({ policy }) => (policy[member] ?? null) !== null);
    this.policy = {
      kind,
      request: (x) => this.#choose(x)?.request?.(x),
      response: any('response') ? (x, head) => this.#chosen.get(x)?.response?.(x, head) : null,
      ...(any('stage')
        ? { stage: (x: Exchange) => new ChosenStage(() => this.#chosen.get(x)?.stage?.(x) ?? null) }
        : {}),
      ...(variants.some(({ policy }) => policy.late === true) ? { late: true as const } : {}),
      ...(variants.some(({ policy }) => policy.outer === true) ? { outer: true as const } : {}),
      ...(variants.some(({ policy }) => policy.onErrors === true) ? { onErrors: true as const } : {}),
    };
  }

  #choose(x: Exchange): Policy | null {
    const chosen = this.#variants.find(({ holds }) => holds === null || holds(x))?.policy ?? null;
    if (chosen !== null) this.#chosen.set(x, chosen);
    return chosen;
  }
}
