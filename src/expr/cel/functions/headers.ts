import { noSuchKey } from '../errors.ts';
import { headersType, type HeaderMode, type HeaderView } from '../headers.ts';
import { string } from '../types.ts';
import { member, overload, type Callable } from './table.ts';

function mode(name: HeaderMode): Callable {
  return member(
    name,
    overload([headersType], headersType, (headers: HeaderView) => headers.as(name)),
  );
}

/** The views of `request.headers` and its kind. */
export const headerFunctions: readonly Callable[] = [
  mode('join'),
  mode('raw'),
  mode('split'),
  member(
    'redacted',
    overload([headersType], headersType, (headers: HeaderView) => headers.redacted()),
  ),
  member(
    'cookie',
    overload([headersType, string], string, (headers: HeaderView, name: string) => {
      return headers.cookie(name) ?? noSuchKey(name);
    }),
  ),
];
