import type { Effort, ModelAbilities, Modality } from '../../model/llm-facts.ts';

export type { Effort, Modality };

/**
 * What a translated request depends on of a model. Plain data: a row of `table.ts`, with what the configuration says of
 * the model's abilities on top.
 */
export interface ModelFacts extends ModelAbilities {
  /** What Bedrock's Converse takes for it; absent: only what Converse takes for every model. */
  readonly converse?: ConverseFacts;
  /** What generateContent takes for it; absent: only what it takes for every model. */
  readonly gemini?: GeminiFacts;
}

/** What Google's generateContent takes for some models only. */
export interface GeminiFacts {
  /** Calls of tools and their results carry ids; otherwise calls are known by their order. */
  readonly callIds?: boolean;
  /** The first tool call of each turn must carry a signature of Gemini's. */
  readonly signedCalls?: boolean;
  /** Results of tools may hold images and documents. */
  readonly mediaResults?: boolean;
  /** Structured output cannot be had together with tools. */
  readonly toolsExcludeOutput?: boolean;
  /** How it is told schemas: as JSON Schema (absent), or in Google's older subset of OpenAPI's. */
  readonly schemas?: 'json' | 'openapi';
}

/** What Bedrock's Converse takes for some models only. */
export interface ConverseFacts {
  /** Where `top_k` goes below `additionalModelRequestFields`; absent: nowhere. */
  readonly topK?: readonly string[];
  /** How reasoning is asked for: Claude's `thinking`, Nova's `reasoningConfig`, `reasoning_effort`; absent: not at all. */
  readonly reasoning?: 'thinking' | 'reasoningConfig' | 'reasoning_effort';
  /** It reads `tool_choice.disable_parallel_tool_use`. */
  readonly parallelSwitch?: boolean;
  /** Choices of a tool besides `auto`; absent: `any`. */
  readonly toolChoices?: readonly ('any' | 'tool')[];
  /** Lifetimes of its cache points, and whether they may stand among the tools; absent: it has none. */
  readonly cache?: { readonly lifetimes: readonly string[]; readonly tools: boolean };
  /** Results of tools say by their `status` that they failed. */
  readonly resultStatus?: boolean;
  /** Whose signatures of reasoning it reads. */
  readonly signatures?: string;
  /** Betas of Anthropic's that it knows (`anthropic_beta`); it answers 400 to any other. Absent: it knows none. */
  readonly betas?: readonly string[];
  /** Where it tells the stop sequence that ended an answer (`additionalModelResponseFieldPaths`). */
  readonly stopSequencePath?: string;
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
