import { wallMs } from '../../../base/clock.ts';
import { jsonReply, type LlmAnswer, type LlmReply } from '../../../llm/answer.ts';
import type { FormatPair } from '../../../llm/formats/table.ts';
import { isJsonRecord } from '../../../llm/json/parse.ts';
import { bodyToSend, type LlmBody } from '../../../llm/request/body.ts';
import type { LlmAsk, LlmSend } from '../../../llm/request/plan.ts';
import { upstreamTarget } from '../../../llm/request/upstream-path.ts';
import { translateAnswer } from '../../../llm/translate/answer-translator.ts';
import { translateRequest, type TranslatedRequest } from '../../../llm/translate/translation.ts';
import type { Attempt } from './attempt.ts';

/** Names every member that a translation left out, so that nothing is lost in silence. */
export const droppedField = 'x-waygate-dropped';

/** A request translated for a provider that speaks another format. */
export interface Translation {
  readonly pair: FormatPair;
  readonly request: TranslatedRequest;
  readonly plan: LlmSend;
}

/** The field's value: member names come from the client, so only what is harmless in a field stays. */
export function droppedList(paths: readonly string[]): string {
  return paths.map((path) => path.replace(/[^\w.[\]-]/g, '_').slice(0, 100)).join(', ');
}

/** The translation that `attempt` needs, why it cannot be done, or null when the provider speaks the client's format. */
export function translate(
  ask: LlmAsk,
  body: LlmBody,
  attempt: Attempt,
  model: string | null,
): Translation | { readonly refused: LlmReply } | null {
  const pair = attempt.pairFor(ask.type);
  if (pair === null) return null;
  const target = upstreamTarget(attempt.provider, pair.upstream.format, ask.path, '');
  if (target === undefined) return null;
  // Defaults and overrides are in the client's words (agentgateway §2.5): they apply before the translation.
  const bytes = bodyToSend(body, null, attempt.settings);
  const json: unknown = bytes === body.bytes ? body.json : JSON.parse(bytes.toString('utf8'));
  const now = Math.floor(wallMs() / 1000);
  const client = { body: isJsonRecord(json) ? json : {}, line: { model: null, stream: null }, query: ask.query };
  const request = translateRequest(pair, client, { model, unsupported: 'reject', now });
  if ('status' in request) return { refused: jsonReply(request.status, request.body) };
  return { pair, request, plan: { target, body: request.body } };
}

/** An answer made inside the gateway, in the client's format. */
export function translateReply(reply: LlmAnswer, { pair, request }: Translation): LlmAnswer {
  const headers = reply.headers.clone();
  const type = headers.get('content-type') ?? '';
  const translator = translateAnswer(pair, reply.status, type, request.context, request.names);
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
