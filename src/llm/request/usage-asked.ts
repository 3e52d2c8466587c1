import { isJsonRecord } from '../json/parse.ts';
import type { ProviderTraits } from '../providers/adapter.ts';
import type { LlmRouteType } from '../../model/llm.ts';
import type { BodyDraft } from './draft.ts';

/**
 * Asks for the usage of a chat stream whose client did not (OpenAI API reference: `stream_options.include_usage`), so that
 * it is counted. True where the event that tells it is to be hidden from the client.
 */
export function asksForUsage(
  { type, stream }: { readonly type: LlmRouteType; readonly stream: boolean },
  draft: BodyDraft,
  { dialect }: ProviderTraits,
): boolean {
  if ((type !== 'completions' && type !== 'legacyCompletions') || !stream) return false;
  const options = draft.get('stream_options');
  if (dialect?.usageAlways === true) return options === undefined;
  // What is no object is the provider's to refuse.
  if (options !== undefined && options !== null && !isJsonRecord(options)) return false;
  if (options?.['include_usage'] === true) return false;
  draft.set('stream_options', { ...options, include_usage: true });
  return true;
}
