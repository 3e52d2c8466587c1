/** What an OpenAI-compatible API takes of Chat Completions, where it is not what OpenAI takes. Plain data. */
export interface ChatDialect {
  /** How messages name it. */
  readonly name: string;
  /** What OpenAI's member is called there. */
  readonly names?: Readonly<Record<string, string>>;
  /** Members that it refuses or ignores: hints are left out, meaning is refused or left out as configured. */
  readonly lacks?: Readonly<Record<string, 'hint' | 'meaning'>>;
  /** Refuses `reasoning_effort` for models that do not reason: it is sent only where the model is known to take efforts. */
  readonly carefulEffort?: true;
  /** Refuses `stream_options`; its streams always end with usage. */
  readonly usageAlways?: true;
  /** What it calls the choice that OpenAI calls `required`. */
  readonly required?: string;
  /** Reads no `tool_choice`: the model always decides. */
  readonly choosesTools?: true;
  /** The ids of tool calls have this many letters and digits, no more and no fewer. */
  readonly callIdLength?: number;
  /** Takes `top_k`, which OpenAI does not have. */
  readonly topK?: true;
  /** Takes no answer of a schema, only any JSON. */
  readonly looseJson?: true;
  /** Refuses a user message right after a tool's: an empty turn of the assistant's is put between. */
  readonly answersTools?: true;
  /** Wants the last message, where it is the assistant's, marked as the beginning of its answer. */
  readonly prefix?: true;
}
