import type { Drops } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { Sampling } from '../../pivot/request.ts';
import { target } from './target.ts';

/** Least and most that `p` and `k` may be (API reference). */
const leastP = 0.01;
const mostP = 0.99;
const mostK = 500;

/**
 * Writes the sampling parameters. Those beyond a limit become the limit; of the two penalties one may be used, and none
 * may reward repetition.
 *
 * @throws LlmBadRequest through `drops`
 */
export function writeSampling(sampling: Sampling, drops: Drops): JsonObject {
  const { temperature } = sampling;
  const isSeed = sampling.seed === null || sampling.seed >= 0;
  if (!isSeed) drops.meaning('seed', `${target} below 0`);
  const p = within(sampling.topP, leastP, mostP, 'top_p', drops);
  const k = within(sampling.topK, 0, mostK, 'top_k', drops);
  const frequency = penalty(sampling.frequencyPenalty, 'frequency_penalty', drops);
  const presence = penalty(sampling.presencePenalty, 'presence_penalty', drops);
  const both = frequency !== null && presence !== null;
  if (both) drops.meaning('presence_penalty', `${target} beside frequency_penalty`);
  return {
    ...(temperature === null ? {} : { temperature }),
    ...(p === null ? {} : { p }),
    ...(k === null ? {} : { k }),
    ...(sampling.seed === null || !isSeed ? {} : { seed: sampling.seed }),
    ...(frequency === null ? {} : { frequency_penalty: frequency }),
    ...(presence === null || both ? {} : { presence_penalty: presence }),
  };
}

/** Without a value Cohere takes its own, so even what means "all" is said. */
function within(value: number | null, least: number, most: number, path: string, drops: Drops): number | null {
  if (value === null) return null;
  const kept = Math.min(Math.max(value, least), most);
  // 1 is "all tokens", and nobody will miss the last hundredth.
  if (kept !== value && value !== 1) drops.hint(path);
  return kept;
}

function penalty(value: number | null, path: string, drops: Drops): number | null {
  if (value === null || value === 0) return null;
  if (value < 0) {
    drops.meaning(path, `${target} below 0`);
    return null;
  }
  if (value > 1) drops.hint(path);
  return Math.min(value, 1);
}
