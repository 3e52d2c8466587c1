import { type CelSecret, secretType } from '../secret.ts';
import { string } from '../types.ts';
import { stringOf } from './conversions.ts';
import { member, overload, type Callable } from './table.ts';

/** `unredacted()` of a credential; `string()` of one stays redacted. */
export const secretFunctions: readonly Callable[] = [
  member(
    'unredacted',
    overload([secretType], string, (secret: CelSecret) => secret.reveal()),
  ),
  stringOf(secretType),
];
