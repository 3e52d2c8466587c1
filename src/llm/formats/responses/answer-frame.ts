import { randomToken } from '../../../base/random.ts';
import { isJsonRecord } from '../../json/parse.ts';
import type { AnswerContext, JsonObject } from '../../pivot/format.ts';
import type { PivotUsage, StopReason } from '../../pivot/response.ts';
import { toToken, wordRule } from '../../pivot/tool-names.ts';
import { writeUsage } from './usage.ts';

/** Ids of items are at most 64 characters; a prefix and a number stand around the stem. */
const stemRule = wordRule(48);
/** What other APIs and this one put before their ids. */
const PREFIX = /^(?:resp_|msg_|chatcmpl-)/;

/** What changes of a response object while it is made. */
export interface ResponseState {
  readonly status: 'in_progress' | 'completed' | 'incomplete' | 'failed';
  readonly output: readonly JsonObject[];
  readonly usage: PivotUsage | null;
  readonly incompleteReason: string | null;
  readonly error: JsonObject | null;
}

/** How the answer of an upstream is named, and what its response object repeats of the request. */
export class AnswerFrame {
  readonly id: string;
  /** What is common to the ids of the items. */
  readonly #stem: string;
  readonly #created: number;
  readonly #model: string;
  readonly #context: AnswerContext;
  /** Text of the members that do not change, once it is needed. */
  #repeated: string | null = null;

  /** @param id The upstream's; the same one gives the same ids. */
  constructor(id: string, model: string, created: number, context: AnswerContext) {
    this.#stem = id === '' ? randomToken(18) : toToken(id.replace(PREFIX, ''), stemRule);
    this.id = `resp_${this.#stem}`;
    this.#created = created > 0 ? created : context.now;
    this.#model = model === '' ? context.model : model;
    this.#context = context;
  }

  /** The id of an item. */
  itemId(prefix: 'msg' | 'rs' | 'fc' | 'ctc', index: number): string {
    return `${prefix}_${this.#stem}_${index}`;
  }

  /** The response object. */
  response(state: ResponseState): JsonObject {
    return { ...this.#changing(state), ...repeated(this.#context.body) };
  }

  /** As JSON text. Long instructions and many tools are repeated in each event of a response, so they are written once. */
  responseText(state: ResponseState): string {
    this.#repeated ??= JSON.stringify(repeated(this.#context.body)).slice(1);
    return `${JSON.stringify(this.#changing(state)).slice(0, -1)},${this.#repeated}`;
  }

  #changing({ status, output, usage, incompleteReason, error }: ResponseState): JsonObject {
    return {
      id: this.id,
      object: 'response',
      created_at: this.#created,
      status,
      error,
      incomplete_details: incompleteReason === null ? null : { reason: incompleteReason },
      model: this.#model,
      output,
      usage: usage === null ? null : writeUsage(usage),
    };
  }
}

/** Members of the request that the response object repeats, with the API's defaults; those that are hints say what was done. */
function repeated(body: JsonObject): JsonObject {
  const { reasoning, text } = body;
  return {
    background: false,
    instructions: body['instructions'] ?? null,
    max_output_tokens: body['max_output_tokens'] ?? null,
    max_tool_calls: body['max_tool_calls'] ?? null,
    metadata: body['metadata'] ?? {},
    parallel_tool_calls: body['parallel_tool_calls'] ?? true,
    previous_response_id: null,
    prompt_cache_key: body['prompt_cache_key'] ?? null,
    reasoning: { effort: null, summary: null, ...(isJsonRecord(reasoning) ? reasoning : {}) },
    safety_identifier: body['safety_identifier'] ?? null,
    service_tier: 'default',
    store: false,
    temperature: body['temperature'] ?? 1,
    text: { format: { type: 'text' }, ...(isJsonRecord(text) ? text : {}) },
    tool_choice: body['tool_choice'] ?? 'auto',
    tools: body['tools'] ?? [],
    top_logprobs: 0,
    top_p: body['top_p'] ?? 1,
    truncation: 'disabled',
    user: body['user'] ?? null,
  };
}

/** Why an answer is not complete; null for one that is. A paused turn is not, and must be asked to go on, like a cut one. */
export function incompleteReason(stop: StopReason): 'max_output_tokens' | 'content_filter' | null {
  if (stop === 'filtered') return 'content_filter';
  return stop === 'length' || stop === 'paused' ? 'max_output_tokens' : null;
}
