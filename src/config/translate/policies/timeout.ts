import type { TimeoutSpec } from '../../../model/policy.ts';
import type { Timeout } from '../../schema/limits.ts';
import type { Context, Path } from '../context.ts';

/** `timeout`. */
export function timeout(_context: Context, _path: Path, config: Timeout): TimeoutSpec {
  return {
    ...(config.requestTimeout === undefined ? {} : { requestMs: config.requestTimeout }),
    ...(config.backendRequestTimeout === undefined ? {} : { backendRequestMs: config.backendRequestTimeout }),
  };
}
