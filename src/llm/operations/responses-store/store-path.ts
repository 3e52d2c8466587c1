/** A path that is about one stored response. */
export interface StorePath {
  /** Up to the id. */
  readonly before: string;
  readonly id: string;
  /** Behind the id: '', `/cancel`, `/input_items`. */
  readonly after: string;
}

const pattern = /^(.*\/responses\/)([^/]+)(\/[^/]+)?$/;
/** What stands in the place of an id and is none. */
const operations: ReadonlySet<string> = new Set(['compact', 'input_tokens']);

/** Reads `…/responses/{id}` and what is below it; null for any other path (OpenAI API reference: Responses). */
export function storePath(path: string): StorePath | null {
  const match = pattern.exec(path);
  if (match === null || operations.has(match[2] ?? '')) return null;
  return { before: match[1] ?? '', id: match[2] ?? '', after: match[3] ?? '' };
}
