import type { LlmFormat, LlmProvider, LlmRouteType } from '../../model/llm.ts';
import { legacyCompletionsFormat } from '../operations/legacy-completions/legacy-completions.ts';
import { LegacyStreamReader } from '../operations/legacy-completions/stream-reader.ts';
import type { ChatFormat, ClientFormat, UpstreamFormat } from '../pivot/format.ts';
import { cohereFormat } from './cohere/cohere.ts';
import { completionsFormat } from './completions/completions.ts';
import { converseFormat } from './converse/converse.ts';
import { generateContentFormat } from './generate-content/generate-content.ts';
import { messagesFormat } from './messages/messages.ts';
import { responsesFormat } from './responses/responses.ts';

/** Every API shape that clients speak and that can be translated; a new one adds its folder and a line here. */
const chatFormats: ReadonlyMap<string, ChatFormat> = new Map(
  [completionsFormat, responsesFormat, messagesFormat, generateContentFormat].map((format) => [format.format, format]),
);

/** Every API shape that a request can be translated to. */
export const upstreamFormats: ReadonlyMap<string, UpstreamFormat> = new Map<string, UpstreamFormat>([
  ...chatFormats,
  [converseFormat.format, converseFormat],
  [cohereFormat.format, cohereFormat],
]);

/** Streams of API shapes that only pass: nothing is translated to them, and their events are read on the way. */
const watchedFormats: ReadonlyMap<string, UpstreamFormat> = new Map<string, UpstreamFormat>([
  [
    'legacyCompletions',
    { ...completionsFormat, format: 'legacyCompletions', streamReader: () => new LegacyStreamReader() },
  ],
]);

/** What reads the streams of requests of `type` as they pass to a provider that speaks it; undefined: nothing does. */
export function watchedFormat(type: LlmRouteType): UpstreamFormat | undefined {
  return upstreamFormats.get(type) ?? watchedFormats.get(type);
}

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

/** The codec of a format that is spoken on both sides, or undefined. */
export function sharedFormat(type: LlmRouteType): ChatFormat | undefined {
  return chatFormats.get(type);
}

/** Formats by how well a translation into them keeps what was asked: a vendor's own, then chat, then Responses. */
const ranks: ReadonlyMap<string, number> = new Map([
  ['completions', 1],
  ['responses', 2],
]);

/**
 * How a request of `type` reaches a provider that does not speak it: through the best of the provider's formats that can
 * be translated, the first of equals. Null where the provider speaks it itself, or nothing can be done.
 *
 * @param chatFirst The provider is best known by its chat: its other formats are no better.
 */
export function formatPair(type: LlmRouteType, formats: LlmProvider['formats'], chatFirst = false): FormatPair | null {
  if (formats.some(({ format }) => format === type)) return null;
  const client = chatFormat(type);
  if (client === null) return null;
  let best: UpstreamFormat | null = null;
  let bestRank = Infinity;
  for (const { format } of formats) {
    const upstream = upstreamFormats.get(format satisfies LlmFormat);
    const rank = chatFirst && format === 'completions' ? 0 : (ranks.get(format) ?? 0);
    if (upstream === undefined || rank >= bestRank) continue;
    best = upstream;
    bestRank = rank;
  }
  return best === null ? null : { client, upstream: best };
}
