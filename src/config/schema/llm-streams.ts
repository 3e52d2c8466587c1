import { optional } from './kit/field.ts';
import type { Schema } from './kit/node.ts';
import { object } from './kit/object.ts';
import { duration } from './kit/scalar.ts';

/** How long streamed answers may take and be silent. Milliseconds. */
export interface LlmStreams {
  readonly firstToken?: number;
  readonly idle?: number;
  readonly keepAlive?: number;
}

export const llmStreams: Schema<LlmStreams> = object<LlmStreams>(
  'LlmStreams',
  'How long streamed answers may take and be silent.',
  {
    firstToken: optional(duration, 'Until the first content, reasoning or tool call; no limit when absent.'),
    idle: optional(duration, 'Between two parts of an answer; no limit when absent.'),
    keepAlive: optional(
      duration,
      'Silence after which a client is sent something to ignore; 15s when absent, 0s: never.',
    ),
  },
);
