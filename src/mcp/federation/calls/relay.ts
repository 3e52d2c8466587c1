/** A client's request to one target and the answer back, whatever revisions the two speak. */
import { sleep } from '../../../base/clock.ts';
import { mcpLimits } from '../../limits.ts';
import { markAnswered, markSent } from '../../record.ts';
import { TargetError } from '../../transports/transport.ts';
import { readInputRequired, withInput } from '../../wire/2026-07-28/input.ts';
import { askingMethods } from '../../wire/2026-07-28/methods.ts';
import { limitHints, resultType } from '../../wire/2026-07-28/results.ts';
import type { Edit } from '../../wire/json-text.ts';
import { codes, isObject, RpcError, type Message } from '../../wire/jsonrpc.ts';
import type { Caller } from '../caller.ts';
import { askClient } from '../questions/client-input.ts';
import type { Federation } from '../federation.ts';
import { logAs } from '../upstream/log-level.ts';
import { callFields } from './call-fields.ts';
import { CallWatch } from './call-watch.ts';
import { exposeResult, showUrls, URL_REQUIRED } from './expose.ts';
import { uriLists } from '../names/resource-owner.ts';
import { repeatable } from './repeat.ts';
import { requestParams } from './request-params.ts';
import { errorMessage } from '../upstream/error-message.ts';
import type { Upstream } from '../upstream/upstream.ts';

/**
 * Sends the caller's request to a target, with `edits` made to its params, and the answer back.
 * @param isLast Whether an error is an answer, too; otherwise nothing is sent back for one.
 */
export async function relay(
  federation: Federation,
  caller: Caller,
  target: number,
  edits: Edit[],
  isLast: boolean = true,
): Promise<Message> {
  caller.record.target = federation.settings.naming.targets[target] ?? '';
  const count = federation.settings.inFlight[target];
  if (count === undefined) throw new TargetError('does not exist');
  if (!count.tryAcquire()) {
    caller.record.limit = 'calls_per_target';
    throw new TargetError('has too many requests in flight');
  }
  const watch = new CallWatch(federation, caller, count);
  let upstream: Upstream | null = null;
  try {
    upstream = federation.lease(target);
    upstream.leases++;
    const wait = upstream.ready();
    if (wait !== null) await watch.until(wait);
    if (caller.envelope !== null) {
      // Only servers without sessions, and we, give clients a state; ours was taken off before.
      if (!upstream.modern && caller.message.params?.['requestState'] !== undefined) {
        throw new RpcError(codes.invalidParams, 'Invalid requestState');
      }
      await logAs(upstream, caller.envelope.logLevel);
    }
    const params = requestParams(caller, edits);
    let reply = await send(federation, caller, watch, upstream, params);
    // A client without a session is asked by the very same result.
    if (upstream.modern && caller.envelope === null && resultType(reply) === 'input_required') {
      reply = await answerQuestions(federation, caller, watch, upstream, params, reply);
    }
    if (reply.kind === 'error' && !isLast) return reply;
    const lists = uriLists(federation, reply);
    if (lists !== null) await lists;
    answer(federation, caller, upstream, reply);
    return reply;
  } finally {
    if (upstream !== null) upstream.leases--;
    watch.stop();
  }
}

/** Sends the request again with the client's answers, as often as a server without sessions asks for them. */
async function answerQuestions(
  federation: Federation,
  caller: Caller,
  watch: CallWatch,
  upstream: Upstream,
  params: (id: number) => string,
  first: Message,
): Promise<Message> {
  let reply = first;
  for (let round = 1; resultType(reply) === 'input_required'; round++) {
    if (round > mcpLimits.maxInputRounds) throw new TargetError('asks the client again and again');
    const required = askingMethods.has(caller.message.method) ? readInputRequired(reply.bodyText, reply.outcome) : null;
    if (required === null) throw new TargetError('asks for input that makes no sense');
    if (required.requests.size === 0) await sleep(mcpLimits.inputPauseMs);
    const asking = askClient(federation, caller, upstream, required.requests);
    const answers = await watch.until(asking).catch((error: unknown) => {
      federation.questions.takeBack(caller);
      throw error;
    });
    reply = await send(federation, caller, watch, upstream, (id) =>
      withInput(params(id), answers, required.requestState),
    );
  }
  return reply;
}

/** Sends the request, and once more if the server was lost and that is safe. */
async function send(
  federation: Federation,
  caller: Caller,
  watch: CallWatch,
  upstream: Upstream,
  params: (id: number) => string,
): Promise<Message> {
  for (let again = false; ; again = true) {
    let failure: unknown;
    try {
      if (caller.ended) throw new TargetError('was told to cancel');
      const id = upstream.mintId();
      const text = params(id);
      const fields = caller.envelope !== null || upstream.modern ? callFields(federation, caller, upstream, text) : [];
      const extra = fields instanceof Promise ? await watch.until(fields) : fields;
      caller.serving = { upstream, id };
      markSent(caller.record);
      watch.begin(upstream, id);
      return await upstream.request(id, caller.message.method, text, caller, 0, extra);
    } catch (error) {
      failure = error;
    } finally {
      watch.settle();
      markAnswered(caller.record);
    }
    if (again) throw failure;
    await watch.until(repeatable(federation, caller, upstream, params(0), failure));
  }
}

function answer(federation: Federation, caller: Caller, upstream: Upstream, reply: Message): void {
  caller.record.request = caller.message;
  caller.record.reply = reply;
  if (reply.kind === 'error') {
    const code = isObject(reply.outcome) ? reply.outcome['code'] : undefined;
    const error = code === URL_REQUIRED ? showUrls(federation, upstream, reply.bodyText) : reply.bodyText;
    caller.refuseWith(error, typeof code === 'number' ? code : codes.internalError, errorMessage(reply));
    return;
  }
  let stamped = false;
  if (upstream.modern) {
    const type = resultType(reply);
    const known = type === 'complete' || type === 'input_required' || (type === 'task' && takesTask(caller));
    if (type !== '' && !known) throw new TargetError('answered with a result of unknown type');
    stamped = type !== '';
  }
  const result = exposeResult(federation, caller, upstream, reply);
  caller.answer(stamped ? withOwnHints(federation, caller, reply, result) : result, stamped);
}

/** Answers to requests that were made again with the client's input are not to be kept (2026-07-28, caching). */
function withOwnHints({ settings }: Federation, { envelope, message }: Caller, reply: Message, result: string): string {
  if (envelope === null) return result;
  const { inputResponses, requestState } = message.params ?? {};
  const again = inputResponses !== undefined || requestState !== undefined;
  const limit = { ttlMs: again ? 0 : Infinity, isPublic: !again && !settings.perCaller };
  return limitHints(message.method, result, reply.outcome, limit);
}

/** Only calls of tools become tasks, and only where the client said that it takes them (SEP-2663). */
function takesTask({ envelope, message }: Caller): boolean {
  return envelope?.tasks === true && message.method === 'tools/call';
}
