import { typeError } from './errors.ts';
import type { Evaluation } from './request.ts';
import { CedarSet, EntityUid, typeOf, type CedarValue } from './values/value.ts';

/** Cedar's `in`: the entity itself, or one that it is in; or one of a set of those. @throws CedarError */
export function isIn(value: CedarValue, target: CedarValue, evaluation: Evaluation): boolean {
  const uid = entityUid(value);
  const ancestors = evaluation.entity(uid)?.ancestors;
  if (!(target instanceof CedarSet)) {
    const { key } = entityUid(target);
    return key === uid.key || ancestors?.has(key) === true;
  }
  // Every one is looked at: a set that has anything but entities in it is an error, wherever that stands.
  let found = false;
  for (const { key } of Array.from(target, entityUid)) found ||= key === uid.key || ancestors?.has(key) === true;
  return found;
}

function entityUid(value: CedarValue): EntityUid {
  if (!(value instanceof EntityUid)) throw typeError('entity', typeOf(value));
  return value;
}
