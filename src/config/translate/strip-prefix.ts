/**
 * The prefix in `transformation: { model: 'llmRequest.model.stripPrefix("prefix/")' }`, or undefined for anything else:
 * the one transformation of a request that a name alone can carry out.
 */
export function stripPrefixOf(transformation: unknown): string | undefined {
  if (typeof transformation !== 'object' || transformation === null) return undefined;
  const entries = Object.entries(transformation);
  const [field, source] = entries[0] ?? [];
  if (entries.length !== 1 || field !== 'model' || typeof source !== 'string') return undefined;
  const match = /^\s*llmRequest\.model\.stripPrefix\(\s*(?:"([^"\\]*)"|'([^'\\]*)')\s*\)\s*$/.exec(source);
  return match?.[1] ?? match?.[2];
}
