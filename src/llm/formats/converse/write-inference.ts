import type { PivotRequest, Sampling } from '../../pivot/request.ts';
import { compact, target, unlessEmpty } from './write-context.ts';
import type { WriteContext, Written } from './write-context.ts';

/** Most stop sequences (service model of bedrock-runtime). */
const mostStops = 2500;

/** `inferenceConfig`, and where `top_k` goes instead; undefined members are left out of the body. */
export interface WrittenInference {
  readonly config: Written | undefined;
  /** For `additionalModelRequestFields`. */
  readonly fields: Written;
}

/**
 * Writes the limit of tokens, the stop sequences and the sampling parameters that the model takes. Temperatures above 1
 * become 1. Throws LlmBadRequest through `drops` for what neither Converse nor the model takes.
 *
 * @param refusesSampling The model reasons, and allows only its own sampling.
 */
export function writeInference(
  request: PivotRequest,
  refusesSampling: boolean,
  context: WriteContext,
): WrittenInference {
  const { temperature, topP, topK } = writeSampling(request.sampling, refusesSampling, context);
  const stops = writeStops(request.stop, context);
  const config = compact({
    maxTokens: request.maxTokens ?? undefined,
    temperature,
    topP,
    stopSequences: stops.length === 0 ? undefined : stops,
  });
  return { config: unlessEmpty(config), fields: topK === undefined ? {} : topKAt(topK, context) };
}

interface WrittenSampling {
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
}

function writeSampling(sampling: Sampling, refused: boolean, { drops, facts }: WriteContext): WrittenSampling {
  if (sampling.seed !== null) drops.meaning('seed', target);
  if ((sampling.frequencyPenalty ?? 0) !== 0) drops.meaning('frequency_penalty', target);
  if ((sampling.presencePenalty ?? 0) !== 0) drops.meaning('presence_penalty', target);
  const { temperature, topP, topK } = sampling;
  if (facts.sampling === 'none') {
    if ((temperature ?? 1) !== 1) drops.meaning('temperature', 'this model on Bedrock');
    if ((topP ?? 1) !== 1) drops.meaning('top_p', 'this model on Bedrock');
    if (topK !== null) drops.meaning('top_k', 'this model on Bedrock');
    return {};
  }
  if (refused) {
    if ((temperature ?? 1) !== 1) drops.hint('temperature');
    if ((topP ?? 1) !== 1) drops.hint('top_p');
    if (topK !== null) drops.hint('top_k');
    return {};
  }
  if (topK !== null && facts.converse?.topK === undefined) drops.meaning('top_k', target);
  if (temperature !== null && temperature > 1) drops.hint('temperature');
  const excluded = facts.sampling === 'one' && temperature !== null;
  if (excluded && topP !== null && topP !== 1) drops.hint('top_p');
  return {
    ...(temperature === null ? {} : { temperature: Math.min(temperature, 1) }),
    ...(topP === null || excluded ? {} : { topP }),
    ...(topK === null || facts.converse?.topK === undefined ? {} : { topK }),
  };
}

function writeStops(stop: readonly string[], { drops }: WriteContext): readonly string[] {
  const stops = stop.filter((sequence) => sequence !== '');
  if (stops.length > mostStops) drops.meaning('stop', `${target} beyond ${mostStops} entries`);
  return stops.slice(0, mostStops);
}

function topKAt(topK: number, { facts }: WriteContext): Written {
  const path = facts.converse?.topK ?? [];
  return path.reduceRight<Written>((inner, name, index) => {
    return { [name]: index === path.length - 1 ? topK : inner };
  }, {});
}
