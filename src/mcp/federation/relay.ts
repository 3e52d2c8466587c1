/** A client's request to one target and the answer back, whatever revisions the two speak. */
import { after, cancelTimer, sleep, type Timer } from '../../base/clock.ts';
import { mcpLimits } from '../limits.ts';
import { TargetError } from '../transports/transport.ts';
import { progressTokenSpans } from '../wire/2025-11-25/rewrite.ts';
import { readInputRequired, withInput } from '../wire/2026-07-28/input.ts';
import { askingMethods } from '../wire/2026-07-28/methods.ts';
import { resultType, unstampResult } from '../wire/2026-07-28/results.ts';
import { splice, type Edit } from '../wire/json-text.ts';
import { codes, isObject, RpcError, type Message } from '../wire/jsonrpc.ts';
import type { Caller } from './caller.ts';
import { askClient } from './client-input.ts';
import type { Federation } from './federation.ts';
import { logAs } from './log-level.ts';
import { callFields } from './call-fields.ts';
import { exposeResultUris } from './uris.ts';
import { errorMessage, type Upstream } from './upstream.ts';

/** Sends the caller's request to a target, with `edits` made to its params, and the answer back. */
export async function relay(federation: Federation, caller: Caller, target: number, edits: Edit[]): Promise<Message> {
  caller.record.target = federation.settings.naming.targets[target] ?? '';
  const { inFlight, limits } = federation.settings;
  const open = inFlight[target] ?? 0;
  if (open >= limits.callsPerTarget) {
    caller.record.limit = 'calls_per_target';
    throw new TargetError('has too many requests in flight');
  }
  const upstream = federation.lease(target);
  inFlight[target] = open + 1;
  upstream.leases++;
  try {
    const wait = upstream.ready();
    if (wait !== null) await wait;
    if (caller.envelope !== null) {
      // Only servers without sessions, and we, give clients a state; ours was taken off before.
      if (!upstream.modern && caller.message.params?.['requestState'] !== undefined) {
        throw new RpcError(codes.invalidParams, 'Invalid requestState');
      }
      await logAs(upstream, caller.envelope.logLevel);
    }
    const { bodyText } = caller.message;
    const tokens = caller.progressToken === '' ? [] : progressTokenSpans(bodyText);
    const params = (id: number): string =>
      splice(bodyText, [...edits, ...tokens.map((span) => ({ ...span, text: String(id) }))]);
    const reply = await converse(federation, caller, upstream, params);
    answer(federation, caller, upstream, reply);
    return reply;
  } finally {
    upstream.leases--;
    inFlight[target] = (inFlight[target] ?? 1) - 1;
  }
}

/** Sends the request, and again with the client's answers as often as a server without sessions asks for them. */
async function converse(
  federation: Federation,
  caller: Caller,
  upstream: Upstream,
  params: (id: number) => string,
): Promise<Message> {
  const reply = await send(federation, caller, upstream, params);
  // A client without a session is asked by the very same result.
  return upstream.modern && caller.envelope === null && resultType(reply) === 'input_required'
    ? answerQuestions(federation, caller, upstream, params, reply)
    : reply;
}

async function answerQuestions(
  federation: Federation,
  caller: Caller,
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
    const answers = await askClient(federation, caller, upstream, required.requests);
    reply = await send(federation, caller, upstream, (id) => withInput(params(id), answers, required.requestState));
  }
  return reply;
}

async function send(
  federation: Federation,
  caller: Caller,
  upstream: Upstream,
  params: (id: number) => string,
): Promise<Message> {
  if (caller.ended) throw new TargetError('was told to cancel');
  const id = upstream.mintId();
  const text = params(id);
  const fields = caller.envelope !== null || upstream.modern ? callFields(federation, caller, upstream, text) : [];
  const extra = fields instanceof Promise ? await fields : fields;
  caller.serving = { upstream, id };
  const { limits } = federation.settings;
  const watch = caller.progressToken === '' ? null : watchProgress(federation, caller, upstream, id, limits.callIdleMs);
  try {
    return await upstream.request(id, caller.message.method, text, caller, limits.callMaxMs, extra);
  } finally {
    watch?.stop();
  }
}

/** Ends a request whose client asks for progress when none comes, unless it is the client that is waited for. */
function watchProgress(
  federation: Federation,
  caller: Caller,
  upstream: Upstream,
  id: number,
  idleMs: number,
): { stop(): void } {
  let timer: Timer | null = null;
  const arm = (): void => {
    cancelTimer(timer);
    timer = after(idleMs, () => {
      if (federation.isAsking(upstream)) {
        arm();
        return;
      }
      caller.record.limit = 'call_idle';
      upstream.cancel(id, '"idle"', new TargetError(`made no progress for ${Math.round(idleMs / 1000)} s`));
    });
  };
  arm();
  caller.onProgress = arm;
  return {
    stop() {
      cancelTimer(timer);
      caller.onProgress = null;
    },
  };
}

function answer(federation: Federation, caller: Caller, upstream: Upstream, reply: Message): void {
  if (reply.kind === 'error') {
    const code = isObject(reply.outcome) ? reply.outcome['code'] : undefined;
    caller.refuseWith(reply.bodyText, typeof code === 'number' ? code : codes.internalError, errorMessage(reply));
    return;
  }
  const { method } = caller.message;
  let result = reply.bodyText;
  let stamped = false;
  if (upstream.modern) {
    const type = resultType(reply);
    if (type !== '' && type !== 'complete' && type !== 'input_required') {
      throw new TargetError('answered with a result of unknown type');
    }
    stamped = type !== '';
    if (caller.envelope === null) result = unstampResult(result, reply.outcome);
  }
  caller.answer(federation.several ? exposeResultUris(method, result, upstream.name) : result, stamped);
}
