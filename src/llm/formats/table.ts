import type { LlmFormat, LlmProvider, LlmRouteType } from '../../model/llm.ts';
import { legacyCompletionsFormat } from '../operations/legacy-completions/legacy-completions.ts';
import type { ChatFormat, ClientFormat, UpstreamFormat } from '../pivot/format.ts';
import { completionsFormat } from './completions/completions.ts';
import { messagesFormat } from './messages/messages.ts';

/** Every API shape that clients speak and that can be translated; a new one adds its folder and a line here. */
const chatFormats: ReadonlyMap<string, ChatFormat> = new Map(
  [completionsFormat, messagesFormat].map((format) => [format.format, format]),
);

/** Every API shape that a request can be translated to. */
export const upstreamFormats: ReadonlyMap<string, UpstreamFormat> = new Map<string, UpstreamFormat>(chatFormats);

/** Every API shape that a client's request can be translated from. */
const clientFormats: ReadonlyMap<string, ClientFormat> = new Map<string, ClientFormat>([
  ...chatFormats,
  [legacyCompletionsFormat.format, legacyCompletionsFormat],
]);

/** A client's format and the one that it is translated to. */
export interface FormatPair {
  readonly client: ClientFormat;
  readonly upstream: UpstreamFormat;
}

/** The codec of a format that clients speak, or null when it cannot be translated. */
export function chatFormat(type: LlmRouteType): ClientFormat | null {
  return clientFormats.get(type) ?? null;
}

/**
 * How a request of `type` reaches a provider that does not speak it: through the first of the provider's formats that
 * can be translated. Null where the provider speaks it itself, or nothing can be done.
 */
export function formatPair(type: LlmRouteType, formats: LlmProvider['formats']): FormatPair | null {
  if (formats.some(({ format }) => format === type)) return null;
  const client = chatFormat(type);
  if (client === null) return null;
  for (const { format } of formats) {
    const upstream = upstreamFormats.get(format satisfies LlmFormat);
    if (upstream !== undefined) return { client, upstream };
  }
  return null;
}
