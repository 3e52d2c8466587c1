/** How hard a model may be asked to reason, in growing order. */
export type Effort = 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';

/** What an input to a model may be, besides text. */
export type Modality = 'image' | 'document' | 'audio' | 'video';

/**
 * What a model can do, as far as a translated request depends on it. Plain data: a row of `table.ts`, with what the
 * configuration says of the model on top.
 */
export interface ModelFacts {
  /** Most tokens that one answer may have; sent where the target requires a limit and the client sets none. */
  readonly maxOutput: number;
  /** How reasoning is asked for: not at all, by a budget of tokens, by effort, or either way. */
  readonly thinking: 'none' | 'budget' | 'effort' | 'both';
  /** Efforts that it knows; others become the nearest one. */
  readonly efforts: readonly Effort[];
  /** Least and most tokens of a budget. */
  readonly budget: { readonly least: number; readonly most: number };
  /** How reasoning is turned off: by saying nothing, by saying so, or not at all. */
  readonly thinkingOff: 'omit' | 'disabled' | 'never';
  /** Sampling parameters: all; `temperature` or `top_p` but not both; none but their defaults. */
  readonly sampling: 'all' | 'one' | 'none';
  /** The API itself holds the answer to a JSON Schema. */
  readonly structuredOutput: boolean;
  readonly inputs: readonly Modality[];
}

/** The effort of `known` that is nearest to `wanted`, the lower one of two; undefined where none is known. */
export function nearestEffort(wanted: Effort, known: readonly Effort[]): Effort | undefined {
  const rank = efforts.indexOf(wanted);
  let best: Effort | undefined;
  for (const effort of efforts) {
    if (!known.includes(effort)) continue;
    if (best === undefined || Math.abs(efforts.indexOf(effort) - rank) < Math.abs(efforts.indexOf(best) - rank)) {
      best = effort;
    }
  }
  return best;
}

/** All efforts in growing order. */
export const efforts: readonly Effort[] = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max'];
