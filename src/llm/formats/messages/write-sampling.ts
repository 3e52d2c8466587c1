import type { Drops } from '../../pivot/drops.ts';
import type { Sampling } from '../../pivot/request.ts';
import type { ModelFacts } from '../../models/facts.ts';
import { target } from './write-context.ts';

/** `temperature`, `top_p` and `top_k`; undefined members are left out of the body. */
export interface WrittenSampling {
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  readonly topK: number | undefined;
}

/** Smallest `top_p` that thinking allows. */
const thinkingTopP = 0.95;

/**
 * Writes the sampling parameters that the model takes. Temperatures above 1 become 1; with thinking the API allows only
 * its own; a model that takes none is asked for none. Throws LlmBadRequest through `drops` for others.
 */
export function writeSampling(sampling: Sampling, facts: ModelFacts, thinking: boolean, drops: Drops): WrittenSampling {
  if (sampling.seed !== null) drops.meaning('seed', target);
  if ((sampling.frequencyPenalty ?? 0) !== 0) drops.meaning('frequency_penalty', target);
  if ((sampling.presencePenalty ?? 0) !== 0) drops.meaning('presence_penalty', target);
  if (facts.sampling === 'none') {
    if ((sampling.temperature ?? 1) !== 1) drops.meaning('temperature', target);
    if ((sampling.topP ?? 1) !== 1) drops.meaning('top_p', target);
    if (sampling.topK !== null) drops.meaning('top_k', target);
    return { temperature: undefined, topP: undefined, topK: undefined };
  }
  const temperature = writeTemperature(sampling.temperature, thinking, drops);
  return {
    temperature,
    topP: writeTopP(sampling.topP, facts.sampling === 'one' && temperature !== undefined, thinking, drops),
    topK: writeTopK(sampling.topK, thinking, drops),
  };
}

function writeTemperature(temperature: number | null, thinking: boolean, drops: Drops): number | undefined {
  if (temperature === null) return undefined;
  if (thinking) {
    if (temperature !== 1) drops.hint('temperature');
    return undefined;
  }
  if (temperature <= 1) return temperature;
  drops.hint('temperature');
  return 1;
}

function writeTopP(topP: number | null, excluded: boolean, thinking: boolean, drops: Drops): number | undefined {
  if (topP === null) return undefined;
  if (!excluded && (!thinking || topP >= thinkingTopP)) return topP;
  if (topP !== 1) drops.hint('top_p');
  return undefined;
}

function writeTopK(topK: number | null, thinking: boolean, drops: Drops): number | undefined {
  if (topK === null) return undefined;
  if (!thinking) return topK;
  drops.hint('top_k');
  return undefined;
}
