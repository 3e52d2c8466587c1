/** What a route matches. */

import { listOf, literals } from './kit/collection.ts';
import { required, omittable, defaulted } from './kit/field.ts';
import { headerOrPseudo, regex, urlPath } from './kit/net.ts';
import type { Schema } from './kit/node.ts';
import { object, oneOfKeys, type OneOf } from './kit/object.ts';
import { text } from './kit/scalar.ts';
import { union } from './kit/union.ts';

/** The kinds of {@link ValueMatchKind}. */
interface ValueMatchKindKinds {
  readonly exact: string;
  readonly regex: string;
}

/** What a value must be. */
type ValueMatchKind = OneOf<ValueMatchKindKinds>;

const valueMatchKind: Schema<ValueMatchKind> = oneOfKeys<ValueMatchKindKinds>(
  'ValueMatchKind',
  'What a value must be.',
  {
    exact: required(text, 'Exactly this.'),
    regex: required(regex, 'The whole value matches this expression.'),
  },
  {},
);

/** The kinds of {@link PathMatchKind}. */
interface PathMatchKindKinds {
  readonly exact: string;
  readonly pathPrefix: string;
  readonly regex: string;
}

/** What the path must be. */
type PathMatchKind = OneOf<PathMatchKindKinds>;

const pathMatchKind: Schema<PathMatchKind> = oneOfKeys<PathMatchKindKinds>(
  'PathMatchKind',
  'What the path must be.',
  {
    exact: required(urlPath, 'Exactly this.'),
    pathPrefix: required(urlPath, 'This, or anything below it.'),
    regex: required(regex, 'The whole path matches this expression.'),
  },
  {},
);

/** A value, or `invalid`, which never matches. */
export type ValueMatch = 'invalid' | ValueMatchKind;

const valueMatch: Schema<ValueMatch> = union(valueMatchKind, literals('invalid'));

/** A path, or `invalid`, which never matches. */
export type PathMatch = 'invalid' | PathMatchKind;

const pathMatch: Schema<PathMatch> = union(pathMatchKind, literals('invalid'));

/** A header field and its value. */
export interface HeaderMatch {
  readonly name: string;
  readonly value: ValueMatch;
}

export const headerMatch: Schema<HeaderMatch> = object<HeaderMatch>('HeaderMatch', 'A header field and its value.', {
  name: required(headerOrPseudo, 'Name of the field.'),
  value: required(valueMatch, 'Its value.'),
});

/** A query parameter and its value. */
export interface QueryMatch {
  readonly name: string;
  readonly value: ValueMatch;
}

const queryMatch: Schema<QueryMatch> = object<QueryMatch>('QueryMatch', 'A query parameter and its value.', {
  name: required(text, 'Name of the parameter.'),
  value: required(valueMatch, 'Its value.'),
});

/** Conditions that must all hold. */
export interface RouteMatch {
  readonly headers: readonly HeaderMatch[];
  readonly path: PathMatch;
  readonly method?: string;
  readonly query: readonly QueryMatch[];
}

export const routeMatch: Schema<RouteMatch> = object<RouteMatch>('RouteMatch', 'Conditions that must all hold.', {
  headers: defaulted(listOf(headerMatch), [], 'Header fields that must match.'),
  path: defaulted(pathMatch, { pathPrefix: '/' }, 'The path.'),
  method: omittable(text, 'The method.'),
  query: defaulted(listOf(queryMatch), [], 'Query parameters that must match.'),
});
