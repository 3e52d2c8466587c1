import type { ConcurrencySpec } from '../../../model/policies/rate-limit.ts';
import type { Concurrency } from '../../schema/own-limits.ts';
import type { Context, Path } from '../context.ts';
import { expression } from '../expressions.ts';
import { placeName } from '../place-name.ts';
import { limitKey } from './local-rate-limit.ts';

/** `concurrency`. */
export function concurrency(context: Context, path: Path, config: Concurrency): ConcurrencySpec {
  const { max, key, maxKeys, queue } = config;
  const priority = queue?.priority;
  return {
    id: placeName(context, path),
    max,
    ...limitKey(context, path, key, maxKeys),
    ...(queue === undefined
      ? {}
      : {
          queue: {
            max: queue.max,
            timeoutMs: queue.timeout,
            ...(priority === undefined
              ? {}
              : { priority: expression(context, [...path, 'queue', 'priority'], priority, 'request') }),
          },
        }),
  };
}
