import { monotonicMs } from '../../base/clock.ts';

/** Work that can be left at each `yield`, and its result. */
export type HashSteps = Generator<void, boolean>;

/** Milliseconds in a row; others wait for as long. */
const sliceMs = 2;

/** Does the work in slices between which everything else runs. */
export function runSliced(steps: HashSteps): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const slice = (): void => {
      try {
        const start = monotonicMs();
        do {
          const step = steps.next();
          if (step.done === true) {
            resolve(step.value);
            return;
          }
        } while (monotonicMs() - start < sliceMs);
        setImmediate(slice);
      } catch (error) {
        reject(error as Error);
      }
    };
    slice();
  });
}
