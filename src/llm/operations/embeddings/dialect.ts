import type { Drops } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { UpstreamReply } from '../operation-exchange.ts';
import type { EmbeddingsRequest } from './request.ts';

/** Vectors of one upstream answer, in order of its inputs. */
export interface EmbeddedBatch {
  readonly vectors: readonly (readonly number[])[];
  /** Tokens read; null where the upstream does not say. */
  readonly tokens: number | null;
}

/** How a vendor's own API makes embeddings. */
export interface EmbeddingsDialect {
  /** Said of members that it cannot express. */
  readonly name: string;
  /** Texts that one request takes. */
  batch(model: string): number;
  /** Throws LlmBadRequest through `drops`. */
  write(request: EmbeddingsRequest, inputs: readonly string[], drops: Drops): JsonObject;
  /** Throws SyntaxError. */
  read(reply: UpstreamReply): EmbeddedBatch;
}
