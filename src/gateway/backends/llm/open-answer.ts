import { upstreamFormats, chatFormat } from '../../../llm/formats/table.ts';
import type { LlmAsk } from '../../../llm/request/plan.ts';
import type { LlmRecord } from '../../../llm/record.ts';
import { createLlmTap } from '../../../llm/usage/tap.ts';
import { defaultStreamLimits } from '../../../model/llm-routing.ts';
import type { ResponseHead } from '../../../net/http/message.ts';
import type { Exchange } from '../../exchange.ts';
import type { ResponseControl, ResponseSink } from '../../upstream/response-sink.ts';
import type { Attempt } from './attempt.ts';
import type { HeldBytes } from './held-bytes.ts';
import type { AttemptPlan } from './plan-attempt.ts';
import { OperationSink } from './operations/operation-sink.ts';
import { RelayedStream } from './relayed-stream.ts';
import { RelayedWhole } from './relayed-whole.ts';
import { TranslatedAnswer } from './translated-answer.ts';

/** One try at a provider whose answer is to be taken. */
export interface Asked {
  readonly ask: LlmAsk;
  readonly attempt: Attempt;
  readonly plan: AttemptPlan;
  readonly record: LlmRecord;
  readonly held: HeldBytes;
  /** The gateway asked for the usage that the stream will tell. */
  readonly hidesUsage: boolean;
}

/** What takes a provider's answer on its way to the client. Null: nothing has to, and it is held whole by a policy. */
export function openAnswer(
  x: Exchange,
  { ask, attempt, plan, record, held, hidesUsage }: Asked,
  head: ResponseHead,
  control: ResponseControl,
): ResponseSink | null {
  const { translation, operation } = plan;
  if (operation !== null) return new OperationSink(x, head, { planned: operation, record, held });
  const client = translation?.pair.client ?? chatFormat(ask.type);
  const timing = {
    ...(attempt.provider.serving?.limits ?? defaultStreamLimits),
    keepAlive: client?.keepAlive ?? '',
  };
  if (translation !== null) return new TranslatedAnswer(x, head, control, { translation, record, timing, held });
  if (x.responseBuffer !== null) return null;
  const upstream = upstreamFormats.get(ask.type);
  if (client !== null && upstream !== undefined && isStream(head, upstream.framing.contentType)) {
    const pair = { client, upstream };
    return new RelayedStream(x, head, control, { pair, record, timing, hidesUsage });
  }
  return new RelayedWhole(x, head, createLlmTap(record, x.record.startedMs));
}

/** A stream that succeeded so far and whose bytes can be read. */
function isStream({ status, headers }: ResponseHead, contentType: string): boolean {
  if (status < 200 || status > 299) return false;
  const encoding = headers.get('content-encoding');
  if (encoding !== undefined && encoding !== 'identity') return false;
  return headers.get('content-type')?.toLowerCase().startsWith(contentType) === true;
}
