import type { StopReason } from '../../pivot/response.ts';

const read: ReadonlyMap<string, StopReason> = new Map([
  ['STOP', 'end'],
  ['MAX_TOKENS', 'length'],
  ['CONTINUATION', 'paused'],
  ['SAFETY', 'filtered'],
  ['RECITATION', 'filtered'],
  ['LANGUAGE', 'filtered'],
  ['BLOCKLIST', 'filtered'],
  ['PROHIBITED_CONTENT', 'filtered'],
  ['SPII', 'filtered'],
  ['MODEL_ARMOR', 'filtered'],
  ['IMAGE_SAFETY', 'filtered'],
  ['IMAGE_PROHIBITED_CONTENT', 'filtered'],
  ['IMAGE_RECITATION', 'filtered'],
  ['IMAGE_OTHER', 'filtered'],
  // The answer was cut off for reasons that the API keeps to itself.
  ['OTHER', 'filtered'],
]);

/** The model wrote something that the API could not read; asking again is all that helps. */
const failures: ReadonlySet<string> = new Set([
  'MALFORMED_FUNCTION_CALL',
  'UNEXPECTED_TOOL_CALL',
  'TOO_MANY_TOOL_CALLS',
  'MALFORMED_RESPONSE',
  'MISSING_THOUGHT_SIGNATURE',
  'NO_IMAGE',
]);

const written: Readonly<Record<StopReason, string>> = {
  end: 'STOP',
  stopSequence: 'STOP',
  toolCalls: 'STOP',
  length: 'MAX_TOKENS',
  paused: 'MAX_TOKENS',
  filtered: 'SAFETY',
};

/** Whether the answer failed: it is neither whole nor cut off, and no client could go on from it. */
export function isFailure(reason: string): boolean {
  return failures.has(reason);
}

/**
 * Reads `finishReason`; one that is unknown is an ordinary end (a mock of the API says `FUNCTION_CALL`), and an end with
 * calls waits for their results.
 */
export function readFinishReason(reason: string, hasCalls: boolean): StopReason {
  const stop = read.get(reason) ?? 'end';
  return stop === 'end' && hasCalls ? 'toolCalls' : stop;
}

/** Writes `finishReason`. A paused turn is not complete, and `MAX_TOKENS` is the word that says so. */
export function writeFinishReason(stop: StopReason): string {
  return written[stop];
}
