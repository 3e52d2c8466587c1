/** What is known of a model. */

import { listOf, literals } from './kit/collection.ts';
import { optional, required } from './kit/field.ts';
import type { Schema } from './kit/node.ts';
import { object } from './kit/object.ts';
import { bool, integer } from './kit/scalar.ts';

/** A range of tokens. */
interface TokenRange {
  readonly least: number;
  readonly most: number;
}

const tokenRange: Schema<TokenRange> = object<TokenRange>('TokenRange', 'A range of tokens.', {
  least: required(integer(0), 'The least.'),
  most: required(integer(1), 'The most.'),
});

/** How hard a model may be asked to reason. */
type Effort = 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';

/** What an input to a model may be, besides text. */
type Modality = 'image' | 'document' | 'audio' | 'video';

/** What is known of a model better than Waygate's table knows it. */
export interface ModelFacts {
  readonly maxOutput?: number;
  readonly thinking?: 'none' | 'budget' | 'effort' | 'both';
  readonly efforts?: readonly Effort[];
  readonly budget?: TokenRange;
  readonly thinkingOff?: 'omit' | 'disabled' | 'never';
  readonly sampling?: 'all' | 'one' | 'none';
  readonly structuredOutput?: boolean;
  readonly inputs?: readonly Modality[];
}

export const modelFacts: Schema<ModelFacts> = object<ModelFacts>(
  'ModelFacts',
  "What is known of a model better than Waygate's table knows it.",
  {
    maxOutput: optional(integer(1), 'Most tokens of an answer.'),
    thinking: optional(literals('none', 'budget', 'effort', 'both'), 'How it is asked to reason.'),
    efforts: optional(listOf(literals('minimal', 'low', 'medium', 'high', 'xhigh', 'max')), 'Efforts that it knows.'),
    budget: optional(tokenRange, 'Tokens that it may be given to reason.'),
    thinkingOff: optional(
      literals('omit', 'disabled', 'never'),
      'How it is told not to reason: by saying nothing, by saying so, or not at all.',
    ),
    sampling: optional(
      literals('all', 'one', 'none'),
      'Sampling parameters that it takes: all, either temperature or top_p, or none.',
    ),
    structuredOutput: optional(bool, 'Whether its API holds answers to a JSON Schema.'),
    inputs: optional(listOf(literals('image', 'document', 'audio', 'video')), 'What it reads besides text.'),
  },
);
