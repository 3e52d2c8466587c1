import type { LlmAnswer } from '../answer.ts';
import type { JsonRecord } from '../json/parse.ts';
import type { LlmRouteType } from '../../model/llm.ts';

/** A request to a provider that is answered inside the gateway. */
export interface LocalRequest {
  readonly type: LlmRouteType;
  /** The body that an upstream would have got, parsed. */
  readonly body: JsonRecord;
  /** Unix seconds for `created`. */
  readonly now: number;
}

/** Answers without I/O. */
export type LocalResponder = (request: LocalRequest) => LlmAnswer;
