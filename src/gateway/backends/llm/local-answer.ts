import type { LlmAnswer, LlmReply } from '../../../llm/answer.ts';
import { refusalFor } from '../../../llm/formats/refusal.ts';
import { modelListShape } from '../../../llm/operations/model-list/choose-shape.ts';
import { isFormat } from '../../../llm/request/operation.ts';
import type { LlmRouteType } from '../../../model/llm.ts';
import type { LlmTap } from '../../../llm/usage/tap.ts';
import type { Exchange } from '../../exchange.ts';

/** Sends an error answer in the shape that clients of `type` expect. */
export function refuse(x: Exchange, type: LlmRouteType, reply: LlmReply): void {
  answer(x, refusalFor(errorTypeFor(x, type), reply), null);
}

/** The type whose clients read the errors: where a type is no format, the request tells whose client it is. */
export function errorTypeFor(x: Exchange, type: LlmRouteType): LlmRouteType {
  if (isFormat(type)) return type;
  const { path, query, headers } = x.request;
  return modelListShape(path, new URLSearchParams(query), headers).format;
}

/** Sends an answer made here; the tap, if any, sees it like an upstream's. */
export function answer(x: Exchange, reply: LlmAnswer, tap: LlmTap | null): void {
  // Response policies change the fields, and replies may be shared.
  const headers = reply.headers.clone();
  if ('body' in reply) {
    const body = Buffer.from(reply.body);
    tap?.chunk(body);
    tap?.end();
    x.reply(reply.status, headers, body);
    return;
  }
  const stream = x.openStream(reply.status, headers);
  const chunks = reply.chunks[Symbol.iterator]();
  let open = true;
  x.onClose(() => {
    open = false;
  });
  const pump = (): void => {
    while (open) {
      const next = chunks.next();
      if (next.done === true) {
        open = false;
        tap?.end();
        stream.end();
        return;
      }
      const chunk = Buffer.from(next.value);
      tap?.chunk(chunk);
      if (!stream.write(chunk)) return;
    }
  };
  stream.onDrained = pump;
  pump();
}
