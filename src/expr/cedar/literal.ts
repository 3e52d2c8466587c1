import { CedarError } from './errors.ts';
import { callExtension } from './extensions.ts';
import type { TypeAndId, ValueJson } from '../../model/policies/cedar-json.ts';
import { CedarSet, EntityUid, MapRecord, type CedarValue } from './values/value.ts';

/** A value of Cedar's JSON format. @throws CedarError for a number that 64 bits of JSON cannot hold, or a wrong extension */
export function literal(json: ValueJson): CedarValue {
  if (typeof json === 'boolean' || typeof json === 'string') return json;
  if (typeof json === 'number') {
    if (!Number.isSafeInteger(json)) throw new CedarError(`${json} is no integer between -(2^53 - 1) and 2^53 - 1`);
    return json + 0;
  }
  if (json === null) throw new CedarError('null is no value of Cedar');
  if (Array.isArray(json)) return new CedarSet(json.map(literal));
  const object = json as Readonly<Record<string, unknown>>;
  if (Object.hasOwn(object, '__entity')) {
    const { type, id } = object['__entity'] as TypeAndId;
    return new EntityUid(type, id);
  }
  if (Object.hasOwn(object, '__extn')) {
    const { fn, arg } = object['__extn'] as { readonly fn: string; readonly arg: ValueJson };
    return callExtension(fn, [literal(arg)]);
  }
  return new MapRecord(
    new Map(Object.entries(json as Readonly<Record<string, ValueJson>>).map(([name, value]) => [name, literal(value)])),
  );
}
