import type { Model } from '../model/model.ts';
import type { PolicySpecs } from '../model/policy.ts';

/** All levels of policies of a model, of both phases. */
export function modelLevels({ binds }: Model): readonly PolicySpecs[] {
  const listeners = binds.flatMap((bind) => bind.listeners);
  return [
    ...listeners.flatMap(({ gatewayPolicies }) => gatewayPolicies ?? []),
    ...listeners.flatMap(({ routes }) => routes).flatMap(({ policies }) => policies),
  ];
}
