import type { StopReason } from '../../pivot/response.ts';

/** `finish_reason` → why: OpenAI's own, and what servers that copy its API say instead. */
const READ: ReadonlyMap<string, StopReason> = new Map([
  ['stop', 'end'],
  ['eos', 'end'],
  ['end_turn', 'end'],
  ['stop_sequence', 'stopSequence'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['model_length', 'length'],
  ['tool_calls', 'toolCalls'],
  ['tool_use', 'toolCalls'],
  ['function_call', 'toolCalls'],
  ['content_filter', 'filtered'],
  ['safety', 'filtered'],
]);

/** Why an answer ended; `stopSequence` where the server says which one (vLLM: `stop_reason`). */
export interface Finish {
  readonly stop: StopReason;
  readonly stopSequence: string | null;
}

/**
 * Reads `finish_reason`. An answer with tool calls that says `stop` is one of tool calls (vLLM with a named tool, Ollama);
 * a word that nobody knows is an ordinary end.
 */
export function readFinish(reason: unknown, stopReason: unknown, hasToolCalls: boolean): Finish {
  const stop = (typeof reason === 'string' ? READ.get(reason.toLowerCase()) : undefined) ?? 'end';
  if (stop === 'end' && hasToolCalls) return { stop: 'toolCalls', stopSequence: null };
  const known = typeof stopReason !== 'string' || stopReason === '' || READ.has(stopReason.toLowerCase());
  if ((stop === 'end' || stop === 'stopSequence') && !known) return { stop: 'stopSequence', stopSequence: stopReason };
  return { stop, stopSequence: null };
}

/** `finish_reason` of a reason. A paused turn is not complete, and `length` is the word that says so. */
export const finishReasons: Readonly<Record<StopReason, 'stop' | 'length' | 'tool_calls' | 'content_filter'>> = {
  end: 'stop',
  stopSequence: 'stop',
  length: 'length',
  paused: 'length',
  toolCalls: 'tool_calls',
  filtered: 'content_filter',
};
