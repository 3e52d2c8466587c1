/** Filters that change where a request goes or answer it, and CORS and CSRF. */

import { backendRef, bytes, type BackendRef } from './common.ts';
import { orConditional, type Conditional } from './conditional.ts';
import { listOf, mapOf, literals } from './kit/collection.ts';
import { required, optional, omittable, defaulted } from './kit/field.ts';
import type { Schema } from './kit/node.ts';
import { object, oneOfKeys, type OneOf } from './kit/object.ts';
import { text, cel, duration, bool, integer, numberFrom, status, type CelText } from './kit/scalar.ts';
import { union } from './kit/union.ts';
import { transformations, type Transformations } from './transformations.ts';

/** The kinds of {@link AuthorityChangeKind}. */
interface AuthorityChangeKindKinds {
  readonly full: string;
  readonly host: string;
  readonly port: number;
}

/** How the host changes. */
type AuthorityChangeKind = OneOf<AuthorityChangeKindKinds>;

const authorityChangeKind: Schema<AuthorityChangeKind> = oneOfKeys<AuthorityChangeKindKinds>(
  'AuthorityChangeKind',
  'How the host changes.',
  {
    full: required(text, 'Host and port as given.'),
    host: required(text, 'This host, the port stays.'),
    port: required(integer(1, 65_535), 'This port, the host stays.'),
  },
  {},
);

/** How the host changes; `auto` takes the backend's host name, `none` keeps the client's. */
export type AuthorityChange = 'auto' | 'none' | AuthorityChangeKind;

const authorityChange: Schema<AuthorityChange> = union(authorityChangeKind, literals('auto', 'none'));

/** The kinds of {@link PathChange}. */
interface PathChangeKinds {
  readonly full: string;
  readonly prefix: string;
}

/** How the path changes. */
export type PathChange = OneOf<PathChangeKinds>;

const pathChange: Schema<PathChange> = oneOfKeys<PathChangeKinds>(
  'PathChange',
  'How the path changes.',
  {
    full: required(text, 'The whole path.'),
    prefix: required(text, "The part that the match's prefix covers."),
  },
  {},
);

/** Answers with a redirect. */
export interface RequestRedirect {
  readonly scheme?: string;
  readonly authority?: AuthorityChange;
  readonly path?: PathChange;
  readonly status?: number;
}

export const requestRedirect: Schema<RequestRedirect> = object<RequestRedirect>(
  'RequestRedirect',
  'Answers with a redirect.',
  {
    scheme: optional(text, 'Scheme of the new location.'),
    authority: optional(authorityChange, 'Host of the new location.'),
    path: optional(pathChange, 'Path of the new location.'),
    status: optional(status, 'Status of the answer.'),
  },
);

/** Changes the URL before forwarding. */
export interface UrlRewrite {
  readonly authority?: AuthorityChange;
  readonly path?: PathChange;
}

export const urlRewrite: Schema<UrlRewrite> = object<UrlRewrite>('UrlRewrite', 'Changes the URL before forwarding.', {
  authority: optional(authorityChange, 'Change of the host.'),
  path: optional(pathChange, 'Change of the path.'),
});

/** Sends a copy of requests elsewhere. */
export interface RequestMirror {
  readonly backend: BackendRef;
  readonly percentage: number;
}

export const requestMirror: Schema<RequestMirror> = object<RequestMirror>(
  'RequestMirror',
  'Sends a copy of requests elsewhere.',
  {
    backend: required(backendRef, 'Where the copies go.'),
    percentage: required(numberFrom(0, 1), 'Share of the requests, from 0 to 1.'),
  },
);

/** Answers without a backend. */
export interface DirectResponse {
  readonly body?: Uint8Array;
  readonly bodyExpression?: CelText;
  readonly headers: Readonly<Record<string, CelText>>;
  readonly status: number;
}

export const directResponse: Schema<DirectResponse> = object<DirectResponse>(
  'DirectResponse',
  'Answers without a backend.',
  {
    body: omittable(bytes, 'Body of the answer.'),
    bodyExpression: optional(cel, 'Computes the body.'),
    headers: defaulted(mapOf(cel), {}, 'Computed header fields.'),
    status: required(status, 'Status of the answer.'),
  },
);

/** One direct response, or the first whose condition holds. */
export type DirectResponsePolicy = DirectResponse | Conditional<DirectResponse>;

export const directResponsePolicy: Schema<DirectResponsePolicy> = orConditional('DirectResponse', directResponse);

/** Transformations, or the first whose condition holds. */
export type TransformationsPolicy = Transformations | Conditional<Transformations>;

export const transformationsPolicy: Schema<TransformationsPolicy> = orConditional('Transformations', transformations);

/** Cross-origin requests from browsers. */
export interface Cors {
  readonly allowCredentials: boolean;
  readonly allowHeaders: readonly string[];
  readonly allowMethods: readonly string[];
  readonly allowOrigins: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAge?: number;
}

export const cors: Schema<Cors> = object<Cors>('Cors', 'Cross-origin requests from browsers.', {
  allowCredentials: defaulted(bool, false, 'Whether credentials are allowed.'),
  allowHeaders: defaulted(listOf(text), [], 'Request headers that are allowed; * for all.'),
  allowMethods: defaulted(listOf(text), [], 'Methods that are allowed; * for all.'),
  allowOrigins: defaulted(listOf(text), [], 'Origins that are allowed; * for all.'),
  exposeHeaders: defaulted(listOf(text), [], 'Response headers that scripts may read.'),
  maxAge: optional(duration, 'How long a browser may keep the answer.'),
});

/** Refuses cross-site requests that change state. */
export interface Csrf {
  readonly additionalOrigins: readonly string[];
}

export const csrf: Schema<Csrf> = object<Csrf>('Csrf', 'Refuses cross-site requests that change state.', {
  additionalOrigins: defaulted(listOf(text), [], 'Further origins that are trusted.'),
});
