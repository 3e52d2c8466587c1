import type { PivotError, StopReason } from '../../pivot/response.ts';

const reasons: ReadonlyMap<unknown, StopReason> = new Map([
  ['COMPLETE', 'end'],
  ['STOP_SEQUENCE', 'stopSequence'],
  ['MAX_TOKENS', 'length'],
  ['TOOL_CALL', 'toolCalls'],
]);

/**
 * Reads `finish_reason`; one that is unknown is an ordinary end, unless there are calls.
 * @param hasAnswer A call was the answer itself.
 */
export function readFinish(reason: unknown, hasCalls: boolean, hasAnswer: boolean): StopReason {
  const stop = reasons.get(reason) ?? 'end';
  if (stop === 'toolCalls' && hasAnswer && !hasCalls) return 'end';
  return stop === 'end' && hasCalls ? 'toolCalls' : stop;
}

/** The reasons that say that no answer came. Null for the others. @param said Cohere's own words for it. */
export function readFailure(reason: unknown, said: unknown): PivotError | null {
  const message = typeof said === 'string' && said !== '' ? said : null;
  if (reason === 'TIMEOUT') {
    const ours = 'the upstream took too long to answer';
    return { status: 504, type: 'timeout_error', message: message ?? ours, code: reason, param: null };
  }
  if (reason !== 'ERROR') return null;
  const ours = 'the upstream failed while it answered';
  return { status: 500, type: 'api_error', message: message ?? ours, code: reason, param: null };
}
