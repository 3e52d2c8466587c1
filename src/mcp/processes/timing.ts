/** Times in the life of a process, in milliseconds. */
export interface ProcessTiming {
  /** A process that was of use for so long did not fail at what it starts with. */
  readonly stableMs: number;
  /** How long a process that may be shared is kept for the next client. */
  readonly idleMs: number;
  /** How long it may be silent before it is asked whether it is there. */
  readonly silentMs: number;
  /** How long it has for the answer. */
  readonly answerMs: number;
  /** How often processes are looked after. */
  readonly tendMs: number;
  /** How long a program that failed again is left alone: doubling from the first to the last. */
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
}

export const usualTiming: ProcessTiming = {
  stableMs: 30_000,
  idleMs: 60_000,
  silentMs: 30_000,
  answerMs: 10_000,
  tendMs: 5000,
  firstRetryMs: 1000,
  lastRetryMs: 30_000,
};
