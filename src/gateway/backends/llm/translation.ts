import type { LlmAnswer } from '../../../llm/answer.ts';
import type { FormatPair } from '../../../llm/formats/table.ts';
import { translateAnswer } from '../../../llm/translate/answer-translator.ts';
import type { TranslatedRequest } from '../../../llm/translate/translation.ts';
import { unobserved } from './answer-facts.ts';

/** Names every member that a translation left out, so that nothing is lost in silence. */
export const droppedField = 'x-waygate-dropped';

/** A request translated for a provider that speaks another format. */
export interface Translation {
  readonly pair: FormatPair;
  readonly request: TranslatedRequest;
}

/** How many members the field names; a client may send any number that no one knows. */
const mostNamed = 32;

/** The field's value: member names come from the client, so only what is harmless in a field stays. */
export function droppedList(paths: readonly string[]): string {
  const named = paths.slice(0, mostNamed).map((path) => path.replace(/[^\w.[\]-]/g, '_').slice(0, 100));
  const rest = paths.length - named.length;
  return rest === 0 ? named.join(', ') : `${named.join(', ')}, and ${rest} more`;
}

/** An answer made inside the gateway, in the client's format. */
export function translateReply(reply: LlmAnswer, { pair, request }: Translation): LlmAnswer {
  const headers = reply.headers.clone();
  const type = headers.get('content-type') ?? '';
  const { context, names } = request;
  const translator = translateAnswer({ pair, context, names, facts: unobserved }, reply.status, type);
  headers.set('content-type', translator.contentType);
  if (request.dropped.length > 0) headers.set(droppedField, droppedList(request.dropped));
  if ('body' in reply) {
    const body = translator.chunk(Buffer.from(reply.body)) + translator.end();
    return { status: reply.status, headers, body };
  }
  const { chunks } = reply;
  function* translated(): Iterable<string> {
    for (const chunk of chunks) {
      const text = translator.chunk(Buffer.from(chunk));
      if (text !== '') yield text;
    }
    yield translator.end();
  }
  return { status: reply.status, headers, chunks: translated() };
}
