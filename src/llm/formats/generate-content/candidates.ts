import { isJsonRecord } from '../../json/parse.ts';
import type { JsonObject } from '../../pivot/format.ts';

/** The candidate with number 0, which answers with one candidate may leave out; null where there is none. */
export function firstCandidate({ candidates }: JsonObject): JsonObject | null {
  if (!Array.isArray(candidates)) return null;
  for (const candidate of candidates) {
    if (isJsonRecord(candidate) && (candidate['index'] === undefined || candidate['index'] === 0)) return candidate;
  }
  return null;
}

/** Why the prompt was refused (`promptFeedback.blockReason`); null where it was not. */
export function blockReason({ promptFeedback }: JsonObject): string | null {
  if (!isJsonRecord(promptFeedback)) return null;
  const reason = promptFeedback['blockReason'];
  return typeof reason === 'string' && reason !== '' && reason !== 'BLOCKED_REASON_UNSPECIFIED' ? reason : null;
}
