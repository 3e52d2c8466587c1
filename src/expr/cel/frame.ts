import type { CelResult } from './values.ts';

/**
 * Where an expression's variables come from: a root's plain JS or CEL value, or undefined when it is absent. Called only
 * for the roots that an expression names, each time it is evaluated.
 */
export interface Activation {
  get(root: string): unknown;
}

/** The state of one evaluation. */
export class Frame {
  readonly activation: Activation;
  /** Local variables by slot number. */
  readonly slots: CelResult[];
  /** Units of work that are left; one is a comprehension step or {@link charge}'s measure of data. */
  steps: number;

  constructor(activation: Activation, slots: CelResult[], steps: number) {
    this.activation = activation;
    this.slots = slots;
    this.steps = steps;
  }
}

/** A compiled expression. */
export type Evaluate = (frame: Frame) => CelResult;

/**
 * Takes the work on a large string, list or byte string from what is left, so that a loop over large data ends as a
 * loop over many items does.
 *
 * @param weight How much slower the work is than copying
 */
export function charge(frame: Frame, length: number, weight: number): boolean {
  frame.steps -= weight * (length >>> 8);
  return frame.steps >= 0;
}
