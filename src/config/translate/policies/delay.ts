import { parseDuration } from '../../../base/duration.ts';
import type { DelaySpec } from '../../../model/policy.ts';
import type { Delay } from '../../schema/limits.ts';
import type { Context, Path } from '../context.ts';
import { expression } from '../expressions.ts';

/** `delay`: a duration as it stands, anything else checked as an expression. */
export function delay(context: Context, path: Path, { duration }: Delay): DelaySpec {
  if (parseDuration(duration) === undefined) expression(context, [...path, 'duration'], duration, 'request');
  return { duration };
}
