// Loaded into the gateway by the soak run: tells, when asked by SIGURG, what the main thread holds that /proc does not show.
import { createRequire } from 'node:module';

const { timerListMap } = createRequire(import.meta.url)('internal/timers');

/** Timers that are set, those that do not keep the process alive included. */
function countTimers() {
  let count = 0;
  for (const list of Object.values(timerListMap)) {
    for (let timer = list._idleNext; timer !== list; timer = timer._idleNext) count++;
  }
  return count;
}

process.on('SIGURG', () => {
  // What is left after it is what is really held.
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  const report = { timers: countTimers(), resources: process.getActiveResourcesInfo().length, heapUsed, external };
  process.stderr.write(`soak-probe ${JSON.stringify(report)}\n`);
});
