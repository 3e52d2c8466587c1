import { cidrProblem } from '../../../base/cidr.ts';
import type { IpAccessSpec } from '../../../model/policies/ip-access.ts';
import type { IpAccess } from '../../schema/web-policies.ts';
import { report, warn, type Context, type Path } from '../context.ts';

/** `ipAccess`. */
export function ipAccess(context: Context, path: Path, { allow, deny }: IpAccess): IpAccessSpec {
  check(context, [...path, 'allow'], allow);
  check(context, [...path, 'deny'], deny);
  if (allow.length === 0 && deny.length === 0) warn(context, path, 'without allow and deny everybody is served');
  return { allow, deny };
}

function check(context: Context, path: Path, blocks: readonly string[]): void {
  for (const [index, block] of blocks.entries()) {
    const problem = cidrProblem(block);
    if (problem !== undefined) report(context, [...path, index], `${JSON.stringify(block)}: ${problem}`);
  }
}
