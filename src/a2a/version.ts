import type { A2aVersion } from './operations.ts';

/** `Major.Minor` of a version as it is written: real cards and clients say `0.3.0`, too. */
const majorMinor = /^\s*(\d{1,3}\.\d{1,3})(?:\.\d+)?\s*$/;

/**
 * The version that a request speaks, as `Major.Minor`: what its header field (or query parameter) `A2A-Version` says, else
 * what its name or path tells, else 0.3, which had no such field. Where the field names one version and the method belongs
 * to the other, the method counts: it is what the agent is asked to do.
 *
 * @param told What stands in the field; undefined or empty: nothing.
 * @param named The version that the method's name belongs to; null where both have it.
 */
export function versionOf(told: string | undefined, named: A2aVersion | null): string {
  const said = majorMinor.exec(told ?? '')?.[1];
  if (said === undefined) return named ?? '0.3';
  if (named === null) return said;
  const [major] = said.split('.');
  return named.startsWith(`${major}.`) ? said : named;
}
