import type { LlmReply } from '../../answer.ts';
import type { LlmFormat } from '../../../model/llm.ts';
import type { ListedModel } from './listed.ts';

/** How one API lists models. */
export interface ModelListShape {
  /** Whose error shape its clients expect. */
  readonly format: LlmFormat;
  /** One page; a reply with status 400 for parameters that make no sense. */
  list(models: readonly ListedModel[], query: URLSearchParams, created: number): LlmReply;
  /** @param created Unix seconds to give as the model's age. */
  one(model: ListedModel, created: number): LlmReply;
}

/**
 * A whole number of the query within its limits: the default where it is absent, null where it makes no sense.
 * Above `most` it is `most`, as both APIs with pages have it.
 */
export function pageSize(text: string | null, usual: number, least: number, most: number): number | null {
  if (text === null) return usual;
  if (!/^\d{1,9}$/.test(text)) return null;
  const size = Number(text);
  return size < least ? null : Math.min(size, most);
}
