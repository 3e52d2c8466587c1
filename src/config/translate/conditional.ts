import type { Conditional } from '../../model/policy.ts';
import type { Conditional as ConditionalConfig } from '../schema/conditional.ts';
import type { Context, Path } from './context.ts';
import { condition } from './expressions.ts';

/** A policy with or without `conditional` variants; variants of which nothing can be made were reported. */
export function conditionals<C extends object, S>(
  context: Context,
  path: Path,
  config: C | ConditionalConfig<C>,
  translate: (context: Context, path: Path, config: C) => S | undefined,
): Conditional<S> {
  if (!('conditional' in config)) {
    const policy = translate(context, path, config);
    return policy === undefined ? [] : [{ policy }];
  }
  return config.conditional.flatMap((entry, index) => {
    const at: Path = [...path, 'conditional', index];
    const policy = translate(context, at, entry);
    if (policy === undefined) return [];
    const when =
      entry.condition === undefined
        ? {}
        : { condition: condition(context, [...at, 'condition'], entry.condition, 'request') };
    return [{ ...when, policy }];
  });
}
