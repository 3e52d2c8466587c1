import type { RequestContext } from '../../pivot/format.ts';
import type { CachePoints } from './cache-points.ts';
import type { DocumentNames } from './document-names.ts';

/** Who a translated request is for, in errors. */
export const target = 'Bedrock Converse';

/** An object that is being written. */
export type Written = Record<string, unknown>;

/** What the writing of one request shares. */
export interface WriteContext extends RequestContext {
  readonly points: CachePoints;
  readonly documents: DocumentNames;
}

/** The object without members that are undefined. */
export function compact(members: Written): Written {
  const written: Written = {};
  for (const name of Object.keys(members)) if (members[name] !== undefined) written[name] = members[name];
  return written;
}

/** The object; undefined where it has no members. */
export function unlessEmpty(members: Written): Written | undefined {
  return Object.keys(members).length === 0 ? undefined : members;
}
