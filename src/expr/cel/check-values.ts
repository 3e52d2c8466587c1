import { typeNameOf } from './guards.ts';
import { bool, bytes, double, dyn, int, nullType, string, typeOf, uint, type CelType } from './types.ts';
import { CelTypeValue, type CelValue } from './values.ts';

const literalTypes: ReadonlyMap<string, CelType> = new Map([
  ['null_type', nullType],
  ['bool', bool],
  ['int', int],
  ['uint', uint],
  ['double', double],
  ['string', string],
  ['bytes', bytes],
]);

/** The static type of a constant. */
export function typeOfValue(value: CelValue): CelType {
  if (value instanceof CelTypeValue) return typeOf(dyn);
  return literalTypes.get(typeNameOf(value)) ?? dyn;
}
