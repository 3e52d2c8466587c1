/** How hard a model may be asked to reason, in growing order. */
export type Effort = 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';

/** What an input to a model may be, besides text. */
export type Modality = 'image' | 'document' | 'audio' | 'video';

/** What a model can do, whatever API it is asked through. */
export interface ModelAbilities {
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
