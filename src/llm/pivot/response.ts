import type { Block, CallSignature } from './request.ts';

/** Why the model stopped. */
export type StopReason = 'end' | 'length' | 'toolCalls' | 'stopSequence' | 'filtered' | 'paused';

/** Tokens by kind. `input` includes cached ones, `output` includes reasoning (OpenAI's invariant). */
export interface PivotUsage {
  readonly input: number;
  readonly output: number;
  readonly cachedInput: number | null;
  readonly cacheWriteInput: number | null;
  readonly reasoning: number | null;
  /** Told when the answer began: its output is not what was said since. */
  readonly early?: true;
  /** Parts of the input and of the output that stand for sound or pictures; absent: not said. */
  readonly inputAudio?: number;
  readonly inputImage?: number;
  readonly outputAudio?: number;
  readonly outputImage?: number;
}

/** A whole answer. */
export interface PivotResponse {
  readonly id: string;
  readonly model: string;
  /** Seconds since the Unix epoch; 0 when the format does not say. */
  readonly created: number;
  readonly blocks: readonly Block[];
  readonly stop: StopReason;
  /** The sequence that stopped it. */
  readonly stopSequence: string | null;
  readonly usage: PivotUsage | null;
}

/** One step of a streamed answer. Blocks are numbered from 0 in the order in which they begin. */
export type PivotEvent =
  | { readonly kind: 'start'; readonly id: string; readonly model: string; readonly created: number }
  | { readonly kind: 'text'; readonly block: number; readonly text: string }
  | { readonly kind: 'refusal'; readonly block: number; readonly text: string }
  | { readonly kind: 'thinking'; readonly block: number; readonly text: string }
  | { readonly kind: 'signature'; readonly block: number; readonly signature: string; readonly vendor: string }
  | { readonly kind: 'redacted'; readonly block: number; readonly data: string; readonly vendor: string }
  | {
      readonly kind: 'toolStart';
      readonly block: number;
      readonly id: string;
      readonly name: string;
      readonly signature?: CallSignature;
      /** Its input is the text itself, not JSON (see `ToolCallBlock.freeform`). */
      readonly freeform?: true;
    }
  | { readonly kind: 'toolInput'; readonly block: number; readonly text: string }
  | { readonly kind: 'stop'; readonly stop: StopReason; readonly stopSequence: string | null }
  | { readonly kind: 'usage'; readonly usage: PivotUsage }
  /** The upstream said that it failed; nothing but `end` follows. */
  | { readonly kind: 'error'; readonly error: PivotError }
  /** The upstream's stream is over. Without a `stop` before, it broke off. */
  | { readonly kind: 'end' };

/** An error of a provider, or of ours, on its way to the client. */
export interface PivotError {
  readonly status: number;
  /** `invalid_request_error`, `rate_limit_error`, `overloaded_error` … (Anthropic's and OpenAI's common words). */
  readonly type: string;
  readonly message: string;
  readonly code: string | null;
  readonly param: string | null;
  /** How long to wait before another try, in milliseconds, where the body says so. */
  readonly retryAfterMs?: number;
}
