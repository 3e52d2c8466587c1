/**
 * A chat request as every API shape can say it. Each format reads its own bodies into this and writes this as its own,
 * so that a new format is one folder. What only one vendor has is kept beside it (`vendor`), for the way back to the same
 * vendor; what a target cannot say is reported, never lost in silence (see drops.ts).
 */
export interface PivotRequest {
  readonly model: string;
  readonly stream: boolean;
  /** The client wants usage at the end of a stream; formats that always send it say true. */
  readonly includeUsage: boolean;
  readonly system: readonly TextBlock[];
  /** Turns in order; neighbours may share a role. Tool results are blocks of user turns. */
  readonly messages: readonly PivotMessage[];
  readonly tools: readonly PivotTool[];
  readonly toolChoice: ToolChoice | null;
  /** False: at most one tool call in an answer; null: not said. */
  readonly parallelTools: boolean | null;
  readonly sampling: Sampling;
  readonly maxTokens: number | null;
  readonly stop: readonly string[];
  readonly output: OutputFormat | null;
  readonly reasoning: Reasoning | null;
  /** The end user, as the client names them. */
  readonly user: string | null;
  /** Members that the pivot has no place for, by their path in the client's body. */
  readonly extras: readonly Extra[];
}

/** Sampling parameters; null where the client says nothing. */
export interface Sampling {
  readonly temperature: number | null;
  readonly topP: number | null;
  readonly topK: number | null;
  readonly seed: number | null;
  readonly frequencyPenalty: number | null;
  readonly presencePenalty: number | null;
}

export interface PivotMessage {
  readonly role: 'user' | 'assistant';
  readonly blocks: readonly Block[];
}

/** A piece of a request that may know where the client's body has it. */
export interface Placed {
  /** `messages[0].content[1].image_url`; absent: told by its member alone, or made by the gateway. */
  readonly at?: string | undefined;
}

/** A piece of a turn. Order matters: reasoning comes first, results before text. */
export type Block =
  | TextBlock
  | ImageBlock
  | DocumentBlock
  | AudioBlock
  | ToolCallBlock
  | ToolResultBlock
  | ThinkingBlock
  | RefusalBlock;

export interface TextBlock extends Placed {
  readonly kind: 'text';
  readonly text: string;
  readonly cache?: CacheHint;
}

export interface ImageBlock extends Placed {
  readonly kind: 'image';
  readonly source: MediaSource;
  /** OpenAI's `detail`. */
  readonly detail?: string;
  readonly cache?: CacheHint;
}

export interface DocumentBlock extends Placed {
  readonly kind: 'document';
  readonly source: MediaSource | { readonly kind: 'text'; readonly text: string };
  readonly name?: string;
  readonly cache?: CacheHint;
}

export interface AudioBlock extends Placed {
  readonly kind: 'audio';
  /** Base64. */
  readonly data: string;
  /** `wav`, `mp3` … */
  readonly format: string;
}

export type MediaSource =
  | { readonly kind: 'base64'; readonly mediaType: string; readonly data: string }
  | { readonly kind: 'url'; readonly url: string; readonly mediaType?: string }
  | { readonly kind: 'file'; readonly id: string; readonly mediaType?: string };

export interface ToolCallBlock extends Placed {
  readonly kind: 'toolCall';
  readonly id: string;
  readonly name: string;
  /** JSON text as the model wrote it; may be '' or broken. Where `freeform`: the text itself. */
  readonly input: string;
  /** The call was made as one of a freeform tool: `input` is no JSON (see freeform.ts for targets without such tools). */
  readonly freeform?: true;
  /** Signed by its vendor, which asks for it back (Gemini's `thoughtSignature`). */
  readonly signature?: CallSignature;
  readonly cache?: CacheHint;
}

/** What a vendor wants back with a call of its own. */
export interface CallSignature {
  readonly vendor: string;
  readonly data: string;
}

export interface ToolResultBlock extends Placed {
  readonly kind: 'toolResult';
  readonly callId: string;
  readonly blocks: readonly Block[];
  readonly isError: boolean;
  readonly cache?: CacheHint;
}

/** Reasoning to be replayed; `vendor` made the signature and alone can read it. */
export interface ThinkingBlock extends Placed {
  readonly kind: 'thinking';
  readonly text: string;
  readonly signature?: string;
  /** Encrypted reasoning without text (Anthropic `redacted_thinking`). */
  readonly redacted?: string;
  readonly vendor: string;
}

export interface RefusalBlock extends Placed {
  readonly kind: 'refusal';
  readonly text: string;
}

/** Marks the end of what the provider may cache. */
export interface CacheHint {
  readonly ttl?: string;
}

export interface PivotTool extends Placed {
  readonly name: string;
  readonly description: string | null;
  /** JSON Schema of the input, whole and unchanged; null where the client gave none. */
  readonly schema: Readonly<Record<string, unknown>> | null;
  readonly strict: boolean | null;
  /**
   * Its input is text in a format of its own, not JSON (OpenAI's `custom` tools); the value is that format, null for any
   * text. Targets without such tools get a function with one string, `input`, and their answers are turned back.
   */
  readonly freeform?: Readonly<Record<string, unknown>> | null;
  readonly cache?: CacheHint;
}

export type ToolChoice =
  | { readonly kind: 'auto' }
  | { readonly kind: 'none' }
  | { readonly kind: 'required' }
  | { readonly kind: 'tool'; readonly name: string };

export type OutputFormat =
  | { readonly kind: 'json' }
  | {
      readonly kind: 'schema';
      readonly name: string;
      readonly schema: Readonly<Record<string, unknown>>;
      readonly strict: boolean | null;
    };

/** How much to reason: by effort, by a budget of tokens, or explicitly not. */
export interface Reasoning {
  readonly effort: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max' | null;
  readonly budgetTokens: number | null;
}

/** A member without a place in the pivot. `hint`: the answer means the same without it. */
export interface Extra {
  /** `logit_bias`, `messages[0].name`. */
  readonly path: string;
  readonly value: unknown;
  readonly kind: 'hint' | 'meaning';
}
