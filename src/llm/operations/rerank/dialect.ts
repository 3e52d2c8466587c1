import type { Drops } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { RerankRequest } from './request.ts';

/** How relevant one document is. */
export interface Ranked {
  /** Its place in the request. */
  readonly index: number;
  readonly score: number;
}

/** How a vendor's own API reranks. */
export interface RerankDialect {
  /** Said of members that it cannot express. */
  readonly name: string;
  /** Throws LlmBadRequest through `drops`. */
  write(request: RerankRequest, drops: Drops): JsonObject;
  /** The most relevant first. Throws SyntaxError. */
  read(body: JsonObject): readonly Ranked[];
}
