import type { PivotError, StopReason } from '../../pivot/response.ts';

const reasons: ReadonlyMap<unknown, StopReason> = new Map([
  ['end_turn', 'end'],
  ['tool_use', 'toolCalls'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['stop_sequence', 'stopSequence'],
  ['guardrail_intervened', 'filtered'],
  ['content_filtered', 'filtered'],
]);

/** Reads `stopReason`; one that is unknown is an ordinary end. */
export function readStopReason(reason: unknown): StopReason {
  return reasons.get(reason) ?? 'end';
}

/** The reasons that say that the model failed: what it wrote is no answer. Null for the others. */
export function readFailure(reason: unknown): PivotError | null {
  if (reason !== 'malformed_model_output' && reason !== 'malformed_tool_use') return null;
  const what = reason === 'malformed_tool_use' ? 'a malformed tool call' : 'malformed output';
  return { status: 502, type: 'api_error', message: `the model wrote ${what}`, code: reason, param: null };
}
