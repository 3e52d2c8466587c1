import type { Conditional } from '../../model/policy.ts';
import type { Exchange } from '../exchange.ts';
import { ExchangeSlot } from '../exchange-slot.ts';
import { ChosenStage } from './chosen-stage.ts';
import type { Policy, PolicyContext } from './policy.ts';

/** A variant, ready to run. */
interface Variant {
  /** Null: it always applies. */
  readonly holds: ((x: Exchange) => boolean) | null;
  readonly policy: Policy;
}

/**
 * One policy of several variants: the first whose condition holds when a request reaches it applies to that request and
 * to its response (agentgateway §1.3). A single variant without condition is that policy itself.
 */
export function compileVariants<T>(
  kind: string,
  spec: Conditional<T>,
  context: PolicyContext,
  compile: (spec: T, context: PolicyContext) => Policy,
): Policy {
  const variants = spec.map(({ condition, policy }): Variant => {
    if (condition === undefined) return { holds: null, policy: compile(policy, context) };
    const test = context.expressions.condition(condition, 'request');
    return { holds: (x) => test(x.attributes()), policy: compile(policy, context) };
  });
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
