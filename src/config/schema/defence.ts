/** What protects the gateway and those behind it from what clients send. */

import type { PathNormalization, Underscores } from '../../model/defence.ts';
import { beyondDefault, row } from './beyond.ts';
import { literals } from './kit/collection.ts';
import { defaulted, own } from './kit/field.ts';
import type { Schema } from './kit/node.ts';
import { object } from './kit/object.ts';
import { bool, duration, integer } from './kit/scalar.ts';

/** One form for the paths of requests. */
export type PathNormalizationConfig = PathNormalization;

const at = 'frontendPolicies.http.pathNormalization';

export const pathNormalization: Schema<PathNormalizationConfig> = object<PathNormalizationConfig>(
  'PathNormalization',
  'One form for the paths of requests.',
  {
    mergeSlashes: own(defaulted(bool, false, row(`${at}.mergeSlashes`).meaning)),
    dotSegments: beyondDefault(`${at}.dotSegments`, literals('keep', 'resolve', 'reject')),
    encodedSlash: beyondDefault(`${at}.encodedSlash`, literals('keep', 'decode', 'reject')),
    backslash: beyondDefault(`${at}.backslash`, literals('keep', 'toSlash', 'reject')),
  },
);

export const underscores: Schema<Underscores> = literals('keep', 'drop', 'reject');

/** When requests and connections are refused so that the rest is served. */
export interface Overload {
  readonly eventLoopDelay: number;
  readonly memoryPercent: number;
}

export const overload: Schema<Overload> = object<Overload>(
  'Overload',
  'When requests and connections are refused so that the rest is served.',
  {
    eventLoopDelay: beyondDefault('frontendPolicies.overload.eventLoopDelay', duration),
    memoryPercent: beyondDefault('frontendPolicies.overload.memoryPercent', integer(0, 100)),
  },
);
