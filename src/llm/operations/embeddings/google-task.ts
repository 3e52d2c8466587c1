/** Cohere's `input_type` → Google's task type; a client that says Google's own word keeps it. */
const TASKS: ReadonlyMap<string, string> = new Map([
  ['search_document', 'RETRIEVAL_DOCUMENT'],
  ['search_query', 'RETRIEVAL_QUERY'],
  ['classification', 'CLASSIFICATION'],
  ['clustering', 'CLUSTERING'],
]);

/** The task type of a purpose. */
export function googleTask(purpose: string): string {
  return TASKS.get(purpose) ?? purpose;
}
