/** What a Claude model can do, as far as a translated request depends on it. */
export interface ModelFacts {
  /** Most tokens that one answer may have; sent when the client sets no limit, which the API requires. */
  readonly maxOutput: number;
  /** `budget`: `enabled` with a budget of tokens; `adaptive`: by effort only; `both`: either. */
  readonly thinking: 'none' | 'budget' | 'both' | 'adaptive';
  /** How thinking is turned off: by saying nothing, by `disabled`, or not at all. */
  readonly thinkingOff: 'omit' | 'disabled' | 'never';
  /** Sampling parameters: all; `temperature` or `top_p` but not both; none but their defaults. */
  readonly sampling: 'all' | 'one' | 'none';
  /** `output_config.format` holds the answer to a JSON Schema. */
  readonly structuredOutput: boolean;
  /** Knows the effort `xhigh`. */
  readonly xhigh: boolean;
}

const newest: ModelFacts = {
  maxOutput: 128_000,
  thinking: 'adaptive',
  thinkingOff: 'disabled',
  sampling: 'none',
  structuredOutput: true,
  xhigh: true,
};
const alwaysThinking: ModelFacts = { ...newest, thinkingOff: 'never' };
const version47: ModelFacts = { ...newest, thinkingOff: 'omit' };
const version46: ModelFacts = { ...version47, thinking: 'both', sampling: 'one', xhigh: false };
const version45: ModelFacts = { ...version46, maxOutput: 64_000, thinking: 'budget' };
const opus41: ModelFacts = { ...version45, maxOutput: 32_000, structuredOutput: false };
const opus40: ModelFacts = { ...opus41, sampling: 'all' };
const sonnet40: ModelFacts = { ...opus40, maxOutput: 64_000 };
const version35: ModelFacts = { ...sonnet40, maxOutput: 8192, thinking: 'none' };
const version3: ModelFacts = { ...version35, maxOutput: 4096 };
/** A server that speaks this API with models of its own (llama.cpp and others). */
const foreign: ModelFacts = { ...sonnet40, maxOutput: 4096 };

/**
 * Pattern → facts, the first match wins: versions, then the newest of each family for names that are newer than this
 * table. Separators vary by platform (`claude-opus-4-6`, `anthropic.claude-opus-4-6-v1:0`, `claude-opus-4.6`).
 * Source: platform.claude.com model overviews and migration guides, October 2026.
 */
const table: readonly (readonly [RegExp, ModelFacts])[] = [
  [/fable|mythos/, alwaysThinking],
  [/(?:opus|sonnet)-4[-.][78]/, version47],
  [/(?:opus|sonnet)-4[-.]6/, version46],
  [/(?:opus|sonnet|haiku)-4[-.]5/, version45],
  [/opus-4[-.]1(?!\d)/, opus41],
  [/opus-4(?:[-@]\d{8}|[-.]0|$|:|-v\d)/, opus40],
  [/sonnet-4(?:[-@]\d{8}|[-.]0|$|:|-v\d)|3[-.]7-sonnet/, sonnet40],
  [/3[-.]5-(?:sonnet|haiku)/, version35],
  [/claude-(?:3|2|instant)/, version3],
  [/haiku/, version45],
  [/claude/, newest],
];

/** The facts of a model by its name on any platform; a name that is no Claude's gets careful ones. */
export function modelFacts(model: string): ModelFacts {
  const name = model.toLowerCase();
  for (const [pattern, facts] of table) if (pattern.test(name)) return facts;
  return foreign;
}
