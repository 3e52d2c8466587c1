import { wallMs } from '../../../base/clock.ts';
import { GatewayError } from '../../../base/errors.ts';
import type { LlmAnswer } from '../../../llm/answer.ts';
import type { LocalResponder } from '../../../llm/demo/request.ts';
import { isJsonRecord } from '../../../llm/json/parse.ts';
import { bodyTooLarge, startRecord, type LlmAsk } from '../../../llm/request/plan.ts';
import { createLlmTap, type LlmTap } from '../../../llm/usage/tap.ts';
import type { LlmRouteType } from '../../../model/llm.ts';
import type { HeaderList } from '../../../net/http/headers.ts';
import type { Exchange } from '../../exchange.ts';
import type { RelayOverride } from '../../upstream/relay.ts';
import type { Attempt } from './attempt.ts';
import { answer, refuse } from './local-answer.ts';
import { TranslatedAnswer } from './translated-answer.ts';
import { translateReply } from './translation.ts';
import { planAttempt, type AttemptPlan } from './plan-attempt.ts';
import type { LlmPorts } from './ports.ts';

/** Fields in which clients of LLM APIs send their credential. */
const credentialFields = ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key'];

/** The whole body, or null when a 413 answer was given. */
export async function readBody(x: Exchange, type: LlmRouteType): Promise<Buffer | null> {
  try {
    return await x.readBody();
  } catch (error) {
    if (!(error instanceof GatewayError) || error.reason !== 'bodyTooLarge') throw error;
    refuse(x, type, bodyTooLarge(error.message));
    return null;
  }
}

/**
 * Asks the first of `attempts`; the others in turn while no connection can be made.
 *
 * @param modelFor what a provider is to read as `model`; null leaves the client's.
 */
export function serve(
  x: Exchange,
  ask: LlmAsk,
  attempts: readonly Attempt[],
  modelFor: (attempt: Attempt) => string | null,
  ports: LlmPorts,
): void {
  const [attempt, ...others] = attempts;
  if (attempt === undefined) throw new GatewayError('noBackend', 'the LLM backend has no provider');
  const plan = planAttempt(ask, attempt, modelFor(attempt));
  if ('refused' in plan) return answer(x, plan.refused, null);
  const { translation } = plan;
  const record = startRecord(ask, attempt.provider);
  x.record.llm = record;
  const tap = createLlmTap(record, x.record.startedMs);
  if (attempt.respond !== null) return respond(x, ask, plan, attempt.respond, tap);
  if (attempt.upstream === null)
    throw new GatewayError('noBackend', `provider ${attempt.provider.name} has no address`);
  const { request } = x;
  request.query = plan.target.query;
  const received = others.length === 0 ? null : request.headers.flat.slice();
  prepareHeaders(request.headers, attempt.ownKey);
  for (const [name, value] of plan.requestFields) {
    if (!request.headers.has(name)) request.headers.set(name, value);
  }
  const override: RelayOverride = {
    path: plan.target.path,
    body: plan.body,
    ...(received === null ? {} : { onUnreachable: () => serveNext(received) }),
    ...(translation === null ? {} : { sink: (head) => new TranslatedAnswer(x, head, translation) }),
  };
  ports.relay(x, attempt.upstream, override, tap);

  function serveNext(fields: readonly string[]): true {
    request.headers.flat.splice(0, Infinity, ...fields);
    try {
      serve(x, ask, others, modelFor, ports);
    } catch (error) {
      x.fail(error);
    }
    return true;
  }
}

function respond(x: Exchange, ask: LlmAsk, plan: AttemptPlan, responder: LocalResponder, tap: LlmTap): void {
  const { translation } = plan;
  const sent: unknown =
    plan.body === ask.bytes && ask.body !== null ? ask.body.json : JSON.parse(plan.body.toString('utf8') || '{}');
  const type = translation?.pair.upstream.format ?? ask.type;
  const body = isJsonRecord(sent) ? sent : {};
  const reply: LlmAnswer = responder({ type, body, now: Math.floor(wallMs() / 1000) });
  answer(x, translation === null ? reply : translateReply(reply, translation), tap);
}

/**
 * Makes the client's fields those to send on: uncompressed answers are asked for, so that the tap can read them as they
 * pass; the client's credential is left out when the provider gets its own.
 */
function prepareHeaders(headers: HeaderList, ownKey: boolean): void {
  if (ownKey) for (const name of credentialFields) headers.delete(name);
  headers.set('accept-encoding', 'identity');
}
