/** Below one of these something is kept under an id, which was billed when it was made (OpenAI API reference). */
const kept = /\/(?:responses|chat\/completions|batches)\/(?!(?:compact|input_tokens)$)[^/]+(?:\/[^/]+)?$/;

/** False for a request whose answer tells the usage of what was made before: a stored response that is read, a batch … */
export function isBilled(method: string, path: string): boolean {
  return method === 'POST' && !kept.test(path);
}
