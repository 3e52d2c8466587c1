import { readError, writeError } from '../../formats/completions/errors.ts';
import type { Drops } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { OperationAnswer, OperationExchange, UpstreamReply } from '../operation-exchange.ts';
import type { EmbeddingsDialect } from './dialect.ts';
import { readEmbeddings, type EmbeddingsRequest } from './request.ts';

/** Characters of a token, for upstreams that count nothing. */
const TOKEN_CHARACTERS = 4;

/**
 * An embeddings request in a vendor's own API: as many upstream requests as its batches need. Throws LlmBadRequest.
 *
 * @param model as the upstream knows it.
 */
export function planEmbeddings(
  body: JsonObject,
  model: string,
  dialect: EmbeddingsDialect,
  drops: Drops,
): OperationExchange {
  const request = readEmbeddings(body, model, drops, dialect.name);
  const size = dialect.batch(model);
  const batches = Array.from({ length: Math.ceil(request.inputs.length / size) }, (_, index) =>
    request.inputs.slice(index * size, (index + 1) * size),
  );
  return {
    bodies: batches.map((inputs) => dialect.write(request, inputs, drops)),
    answer: (replies) => writeAnswer(request, dialect, replies),
    used(reply, index) {
      const { tokens } = dialect.read(reply);
      return { tokens: tokens ?? estimate(batches[index] ?? []), estimated: tokens === null };
    },
    error: (status, text) => writeError(readError(status, text)),
  };
}

function writeAnswer(
  request: EmbeddingsRequest,
  dialect: EmbeddingsDialect,
  replies: readonly UpstreamReply[],
): OperationAnswer {
  const batches = replies.map((reply) => dialect.read(reply));
  const vectors = batches.flatMap((batch) => batch.vectors);
  if (vectors.length !== request.inputs.length) {
    throw new SyntaxError(`the upstream made ${vectors.length} embeddings of ${request.inputs.length} texts`);
  }
  const estimated = batches.some(({ tokens }) => tokens === null);
  const tokens = estimated ? estimate(request.inputs) : batches.reduce((sum, batch) => sum + (batch.tokens ?? 0), 0);
  const data = vectors.map((vector, index) => ({
    object: 'embedding',
    index,
    embedding: request.base64 ? base64(vector) : vector,
  }));
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  return { body: { object: 'list', data, model: request.model, usage }, estimated };
}

function estimate(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Math.ceil(text.length / TOKEN_CHARACTERS), 0);
}

/** Little-endian 32-bit floats, as OpenAI's clients decode them. */
function base64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, index) => bytes.writeFloatLE(value, index * 4));
  return bytes.toString('base64');
}
