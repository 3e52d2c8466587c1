import { chatFormat, watchedFormat } from '../../../llm/formats/table.ts';
import { isFormat } from '../../../llm/request/operation.ts';
import type { LlmAsk } from '../../../llm/request/plan.ts';
import { sealEvents } from '../../../llm/operations/responses-store/seal.ts';
import type { ClientFormat } from '../../../llm/pivot/format.ts';
import type { LlmRecord } from '../../../llm/record.ts';
import { nameInEvents, nameInWhole } from '../../../llm/stream/asked-model.ts';
import { isBilled } from '../../../llm/usage/billed.ts';
import { bodyTokens } from '../../../llm/usage/body-tokens.ts';
import { createLlmTap, createUnbilledTap, type LlmTap } from '../../../llm/usage/tap.ts';
import { defaultStreamLimits } from '../../../model/llm-routing.ts';
import type { ResponseHead } from '../../../net/http/message.ts';
import type { Exchange } from '../../exchange.ts';
import type { ResponseControl, ResponseSink } from '../../upstream/response-sink.ts';
import type { Attempt } from './attempt.ts';
import type { StreamTiming } from './client-stream.ts';
import { HeldWhole, holdStream } from './held-answer.ts';
import type { HeldBytes } from './held-bytes.ts';
import type { AttemptPlan } from './plan-attempt.ts';
import { SealedAnswer } from './operations/sealed-answer.ts';
import { OperationSink } from './operations/operation-sink.ts';
import { repairOf } from './repaired.ts';
import { RelayedStream } from './relayed-stream.ts';
import { RelayedWhole } from './relayed-whole.ts';
import { TranslatedAnswer } from './translated-answer.ts';
import { droppedField, droppedList } from './translation.ts';

/** One try at a provider whose answer is to be taken. */
export interface Asked {
  readonly ask: LlmAsk;
  readonly attempt: Attempt;
  readonly plan: AttemptPlan;
  readonly record: LlmRecord;
  readonly held: HeldBytes;
}

/** What takes a provider's answer on its way to the client. */
export function openAnswer(
  x: Exchange,
  { ask, attempt, plan, record, held }: Asked,
  head: ResponseHead,
  control: ResponseControl,
): ResponseSink {
  const { translation, operation, dropped } = plan;
  if (dropped.length > 0 && translation === null && operation === null) {
    record.dropped = dropped;
    head.headers.set(droppedField, droppedList(dropped));
  }
  const model = attempt.namesAsked ? record.requestModel : null;
  if (operation !== null) return new OperationSink(x, head, { planned: operation, record, held, model });
  const client = translation?.pair.client ?? chatFormat(ask.type);
  if (translation !== null) {
    const timing = timingOf(attempt, client);
    const options = { translation, record, timing, held, sent: plan.body, model };
    holdStream(x);
    return new TranslatedAnswer(x, head, control, options);
  }
  const sealer = isGood(head) ? (ask.seal?.(attempt.identity) ?? null) : null;
  const upstream = watchedFormat(ask.type);
  const passes = client !== null && upstream !== undefined && isStream(head, upstream.framing.contentType);
  if (sealer !== null && !passes) {
    const edit = model === null ? null : nameInWhole(ask.type, model);
    return new SealedAnswer(x, head, { sealer, tap: tapOf(x, ask, record), held, edit });
  }
  const edit = model === null || !isGood(head) ? null : (passes ? nameInEvents : nameInWhole)(ask.type, model);
  if (passes || edit !== null) holdStream(x);
  if (passes) {
    const timing = timingOf(attempt, client);
    const repair = attempt.passthrough === null ? repairOf(ask, attempt) : null;
    if (repair !== null) {
      const options = { translation: repair, record, timing, held, sent: plan.body, model };
      return new TranslatedAnswer(x, head, control, options);
    }
    const { hidesUsage } = plan;
    const rewrite = sealer === null ? null : (region: Buffer): Buffer => sealEvents(region, sealer);
    return new RelayedStream(x, head, control, {
      pair: { client, upstream },
      record,
      timing,
      requestTokens: bodyTokens(plan.body),
      hidesUsage,
      rewrite,
      edit,
    });
  }
  const tap = ask.tap?.(record, head.headers) ?? tapOf(x, ask, record);
  if (x.responseBuffer !== null) return new HeldWhole(x, head, x.responseBuffer, tap);
  return new RelayedWhole(x, head, tap, edit);
}

function tapOf({ request, record: { startedMs } }: Exchange, { type, path }: LlmAsk, record: LlmRecord): LlmTap {
  const billed = isFormat(type) || isBilled(request.method, path);
  return billed ? createLlmTap(record, startedMs) : createUnbilledTap(record, startedMs);
}

function timingOf({ provider }: Attempt, client: ClientFormat | null): StreamTiming {
  return { ...(provider.serving?.limits ?? defaultStreamLimits), keepAlive: client?.keepAlive ?? '' };
}

/** An answer that succeeded so far and whose bytes can be read. */
function isGood({ status, headers }: ResponseHead): boolean {
  const encoding = headers.get('content-encoding');
  return status >= 200 && status <= 299 && (encoding === undefined || encoding === 'identity');
}

/** A stream that succeeded so far and whose bytes can be read. */
function isStream(head: ResponseHead, contentType: string): boolean {
  return isGood(head) && head.headers.get('content-type')?.toLowerCase().startsWith(contentType) === true;
}
