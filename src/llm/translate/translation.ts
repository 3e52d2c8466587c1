import { LlmBadRequest, Drops, type UnsupportedMode } from '../pivot/drops.ts';
import type { FormatPair } from '../formats/table.ts';
import type { AnswerContext, JsonObject } from '../pivot/format.ts';

/** A request in the upstream's format, and what was left out of it. */
export interface TranslatedRequest {
  readonly body: Buffer;
  /** Paths of members left out. */
  readonly dropped: readonly string[];
  /** For the translation of the answer. */
  readonly context: AnswerContext;
}

/** Why a request cannot be translated, in the client's own error shape. */
export interface TranslationRefused {
  readonly status: 400;
  readonly body: JsonObject;
}

/**
 * Translates a request body from the client's format to the upstream's.
 *
 * @param model What the upstream is to read as `model`; null: the client's.
 * @param now Seconds since the Unix epoch.
 */
export function translateRequest(
  { client, upstream }: FormatPair,
  body: JsonObject,
  model: string | null,
  mode: UnsupportedMode,
  now: number,
): TranslatedRequest | TranslationRefused {
  try {
    const request = client.readRequest(body);
    const drops = new Drops(mode);
    const written = upstream.writeRequest(model === null ? request : { ...request, model }, drops);
    return {
      body: Buffer.from(JSON.stringify(written)),
      dropped: drops.paths,
      context: { model: request.model, now, includeUsage: request.includeUsage },
    };
  } catch (error) {
    if (!(error instanceof LlmBadRequest)) throw error;
    return {
      status: 400,
      body: client.writeError({
        status: 400,
        type: 'invalid_request_error',
        message: error.message,
        code: null,
        param: error.param,
      }),
    };
  }
}
