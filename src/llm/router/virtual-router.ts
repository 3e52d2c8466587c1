import { random } from '../../base/random.ts';
import type { Expression } from '../../model/model.ts';
import type { VirtualModel, VirtualRouting } from '../../model/llm-routing.ts';

/** A model at the end of the way, under the name by which it is asked. */
export interface Leaf<T> {
  readonly value: T;
  readonly name: string;
}

/** What a virtual model needs for one request. */
export interface VirtualRequest<T, C> {
  /** The configured model of this name, or null. */
  find(name: string): T | null;
  /** It is not left out for its health. */
  isAble(value: T): boolean;
  /** Whether a compiled condition holds. */
  holds(condition: C): boolean;
}

type Compiled<C> =
  | Exclude<VirtualRouting, { kind: 'conditional' }>
  | { readonly kind: 'conditional'; readonly targets: readonly { readonly model: string; readonly when: C | null }[] };

/** Follows virtual models to the models that serve. They refer to each other without cycles. `C`: a compiled condition. */
export class VirtualRouter<T, C> {
  readonly #models: ReadonlyMap<string, Compiled<C>>;
  readonly #chance: () => number;

  constructor(models: readonly VirtualModel[], compile: (when: Expression) => C, chance: () => number = random) {
    this.#models = new Map(models.map(({ name, routing }) => [name, compiled(routing, compile)]));
    this.#chance = chance;
  }

  /** Whether there is a virtual model of that name. */
  has(name: string): boolean {
    return this.#models.has(name);
  }

  /** Models that may serve `name`, in groups of descending priority; null when no virtual model has that name. */
  groups(name: string, request: VirtualRequest<T, C>): readonly (readonly Leaf<T>[])[] | null {
    const routing = this.#models.get(name);
    return routing === undefined ? null : this.#follow(routing, request);
  }

  #follow(routing: Compiled<C>, request: VirtualRequest<T, C>): readonly (readonly Leaf<T>[])[] {
    switch (routing.kind) {
      case 'weighted':
        return this.#target(byWeight(this.#able(routing.targets, request), this.#chance), request);
      case 'conditional': {
        const fits = routing.targets.find(({ when }) => when === null || request.holds(when));
        return this.#target(fits?.model, request);
      }
      case 'failover': {
        const levels = Map.groupBy(routing.targets, ({ priority }) => priority);
        const ordered = [...levels].toSorted(([a], [b]) => a - b);
        return ordered.map(([, targets]) => targets.flatMap(({ model }) => this.#target(model, request).flat()));
      }
    }
  }

  /** The targets that are not left out for their health; all of them when every one is. */
  #able<K extends { readonly model: string }>(targets: readonly K[], request: VirtualRequest<T, C>): readonly K[] {
    const able = targets.filter(({ model }) =>
      this.#target(model, request)
        .flat()
        .some(({ value }) => request.isAble(value)),
    );
    return able.length === 0 ? targets : able;
  }

  #target(name: string | undefined, request: VirtualRequest<T, C>): readonly (readonly Leaf<T>[])[] {
    if (name === undefined) return [];
    const virtual = this.groups(name, request);
    if (virtual !== null) return virtual;
    const value = request.find(name);
    return value === null ? [] : [[{ value, name }]];
  }
}

function compiled<C>(routing: VirtualRouting, compile: (when: Expression) => C): Compiled<C> {
  if (routing.kind !== 'conditional') return routing;
  const targets = routing.targets.map(({ model, when }) => ({
    model,
    when: when === undefined ? null : compile(when),
  }));
  return { kind: 'conditional', targets };
}

function byWeight(
  targets: readonly { readonly model: string; readonly weight: number }[],
  chance: () => number,
): string | undefined {
  const total = targets.reduce((sum, { weight }) => sum + weight, 0);
  let point = chance() * total;
  for (const { model, weight } of targets) {
    point -= weight;
    if (point < 0) return model;
  }
  return undefined;
}
