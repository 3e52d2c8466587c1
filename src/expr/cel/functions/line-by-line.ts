import { invalid, type CelErrorValue } from '../errors.ts';
import { HeaderLines } from '../headers.ts';
import { access } from './access.ts';
import type { FunctionDef, Review } from './table.ts';

const several: CelErrorValue = invalid(
  'a field that is there more than once is no text: take it from headers.join(), raw() or split()',
);

/** Lines and a text are neither equal nor different. */
const equality: Review = ([a, b], result) =>
  (a instanceof HeaderLines && typeof b === 'string') || (b instanceof HeaderLines && typeof a === 'string')
    ? several
    : result;

/** That lines are not among texts, or have no text among them, says nothing of what is in them. */
const membership: Review = ([a], result) => (a instanceof HeaderLines && result === false ? several : result);

const reviews: ReadonlyMap<string, Review> = new Map([
  ['_==_', equality],
  ['_!=_', equality],
  ['@in', membership],
  ['contains', membership],
]);

/**
 * {@link access} for rules: a field that a message has more than once is a list. That a list does not equal a text, or is not
 * among texts, is an error there and not an answer, since a rule that fails lets nothing pass.
 */
export const lineByLine: readonly FunctionDef[] = access.map((def) => {
  const review = reviews.get(def.name);
  return review === undefined ? def : { ...def, overloads: def.overloads.map((row) => ({ ...row, review })) };
});
