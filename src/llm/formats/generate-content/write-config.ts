import type { PivotRequest } from '../../pivot/request.ts';
import { cleanSchema } from './clean-schema.ts';
import { compact, type Written } from './members.ts';
import { target, type WriteContext } from './write-context.ts';
import { writeThinking } from './write-thinking.ts';

/** Most `stopSequences` (ai.google.dev/api/generate-content). */
const mostStops = 5;
/** `seed` is an int32. */
const mostSeed = 0x7f_ff_ff_ff;

/** Writes `generationConfig`; undefined where it says nothing. @throws LlmBadRequest through `drops` */
export function writeConfig(request: PivotRequest, context: WriteContext): Written | undefined {
  const { sampling } = request;
  const { drops, facts } = context;
  const config = compact({
    temperature: sampling.temperature ?? undefined,
    topP: sampling.topP ?? undefined,
    topK: sampling.topK ?? undefined,
    maxOutputTokens: writeLimit(request.maxTokens, context),
    stopSequences: writeStop(request.stop, context),
    presencePenalty: sampling.presencePenalty ?? undefined,
    frequencyPenalty: sampling.frequencyPenalty ?? undefined,
    seed: writeSeed(sampling.seed, context),
    ...writeOutput(request, context),
    thinkingConfig: writeThinking(request.reasoning, facts, drops),
  });
  return Object.keys(config).length === 0 ? undefined : config;
}

/** The API refuses more than its model can; as a limit it says no more. */
function writeLimit(maxTokens: number | null, { facts, drops }: WriteContext): number | undefined {
  if (maxTokens === null) return undefined;
  if (facts.gemini === undefined || maxTokens <= facts.maxOutput) return maxTokens;
  drops.hint('max_tokens');
  return facts.maxOutput;
}

function writeStop(stop: readonly string[], { drops }: WriteContext): readonly string[] | undefined {
  const said = stop.filter((sequence) => sequence !== '');
  if (said.length > mostStops) drops.meaning('stop', `${target} beyond ${mostStops} sequences`);
  return said.length === 0 ? undefined : said.slice(0, mostStops);
}

function writeSeed(seed: number | null, { drops }: WriteContext): number | undefined {
  if (seed === null) return undefined;
  if (Number.isInteger(seed) && seed >= -mostSeed - 1 && seed <= mostSeed) return seed;
  drops.meaning('seed', `${target} beyond 32 bits`);
  return undefined;
}

function writeOutput({ output, tools, toolChoice }: PivotRequest, context: WriteContext): Written {
  if (output === null) return {};
  const { gemini, drops } = context;
  if (gemini.toolsExcludeOutput === true && tools.length > 0 && toolChoice?.kind !== 'none') {
    drops.meaning('response_format', `models of ${target} that cannot have it together with tools`);
    return {};
  }
  const mime = { responseMimeType: 'application/json' };
  if (output.kind === 'json') return mime;
  return gemini.schemas === 'openapi'
    ? { ...mime, responseSchema: cleanSchema(output.schema) }
    : { ...mime, responseJsonSchema: output.schema };
}
