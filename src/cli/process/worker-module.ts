/** True in the bundle; esbuild replaces it. */
declare const WAYGATE_BUNDLE: boolean | undefined;

/** What a worker thread runs: a file beside the bundle, or the source. */
export function workerEntry(): URL {
  return typeof WAYGATE_BUNDLE === 'undefined'
    ? new URL('../../gateway/workers/worker-entry.ts', import.meta.url)
    : new URL('./worker.mjs', import.meta.url);
}
