import type { StopReason } from '../../pivot/response.ts';

const read: Readonly<Record<string, StopReason>> = {
  end_turn: 'end',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'toolCalls',
  stop_sequence: 'stopSequence',
  refusal: 'filtered',
  pause_turn: 'paused',
};

const written: Readonly<Record<StopReason, string>> = {
  end: 'end_turn',
  length: 'max_tokens',
  toolCalls: 'tool_use',
  stopSequence: 'stop_sequence',
  filtered: 'refusal',
  paused: 'pause_turn',
};

/** Reads `stop_reason`; one that is unknown is an ordinary end. */
export function readStopReason(reason: unknown): StopReason {
  return (typeof reason === 'string' && Object.hasOwn(read, reason) ? read[reason] : undefined) ?? 'end';
}

/**
 * Writes `stop_reason`. Agents act on it, so it agrees with the content: calls make `tool_use` even where an upstream
 * says that it merely stopped, and without calls it is never said.
 */
export function writeStopReason(stop: StopReason, hasCalls: boolean, hasRefusal: boolean): string {
  if (stop === 'end' && hasCalls) return written.toolCalls;
  if (stop === 'toolCalls' && !hasCalls) return written.end;
  if (stop === 'end' && hasRefusal) return written.filtered;
  return written[stop];
}
