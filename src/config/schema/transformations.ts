/** CEL transformations of requests and responses. */

import { listOf, mapOf } from './kit/collection.ts';
import { optional, defaulted } from './kit/field.ts';
import { headerOrPseudo } from './kit/net.ts';
import type { Schema } from './kit/node.ts';
import { object } from './kit/object.ts';
import { cel, type CelText } from './kit/scalar.ts';

/** Changes computed by CEL. */
export interface Transform {
  readonly add: Readonly<Record<string, CelText>>;
  readonly set: Readonly<Record<string, CelText>>;
  readonly remove: readonly string[];
  readonly replace?: CelText;
  readonly body?: CelText;
  readonly metadata: Readonly<Record<string, CelText>>;
}

const transform: Schema<Transform> = object<Transform>('Transform', 'Changes computed by CEL.', {
  add: defaulted(mapOf(cel, headerOrPseudo), {}, 'Fields to add.'),
  set: defaulted(mapOf(cel, headerOrPseudo), {}, 'Fields to set.'),
  remove: defaulted(listOf(headerOrPseudo), [], 'Fields to take away.'),
  replace: optional(cel, 'Computes all header fields anew.'),
  body: optional(cel, 'Computes the body.'),
  metadata: defaulted(mapOf(cel), {}, 'Values that later expressions can read.'),
});

/** CEL transformations. */
export interface Transformations {
  readonly request?: Transform;
  readonly response?: Transform;
}

export const transformations: Schema<Transformations> = object<Transformations>(
  'Transformations',
  'CEL transformations.',
  {
    request: optional(transform, 'Of the request.'),
    response: optional(transform, 'Of the response.'),
  },
);
