import { wallMs } from '../../../base/clock.ts';
import { errorReply, jsonReply, type LlmReply } from '../../../llm/answer.ts';
import { ownNames, refusalFor } from '../../../llm/formats/refusal.ts';
import { formatPair, sharedFormat, upstreamFormats, type FormatPair } from '../../../llm/formats/table.ts';
import type { ModelFacts } from '../../../llm/models/facts.ts';
import { LlmBadRequest, PivotRefusal } from '../../../llm/pivot/drops.ts';
import type { RequestLine } from '../../../llm/pivot/format.ts';
import type { ProviderCall, UpstreamTarget } from '../../../llm/providers/adapter.ts';
import { withoutKey } from '../../../llm/providers/client-key.ts';
import type { LlmBody } from '../../../llm/request/body.ts';
import { BodyDraft } from '../../../llm/request/draft.ts';
import { isFormat } from '../../../llm/request/operation.ts';
import { formatNotSpoken, type LlmAsk, type LlmSend } from '../../../llm/request/plan.ts';
import { requestLine } from '../../../llm/request/request-line.ts';
import type { RequestAttributes } from '../../../llm/request/steps.ts';
import { asksForUsage } from '../../../llm/request/usage-asked.ts';
import { modelInPath, usualTarget } from '../../../llm/request/upstream-path.ts';
import { mayHoldSealed } from '../../../llm/translate/sealed.ts';
import { translateRequest, type MediaWanted } from '../../../llm/translate/translation.ts';
import type { Attempt } from './attempt.ts';
import { fieldsStep, type FieldsStep } from './fields-step.ts';
import { planOperation, type PlannedOperation } from './operations/plan-operation.ts';
import type { Translation } from './translation.ts';

/** What to send to one provider, and how its answer comes back. */
export interface AttemptPlan extends LlmSend {
  /** Null where the provider speaks the client's format, and the answer passes as it is. */
  readonly translation: Translation | null;
  /** What reads the answer of an operation other than chat; null: nothing does. */
  readonly operation: PlannedOperation | null;
  /** The stream will tell its usage, which only the gateway asked for. */
  readonly hidesUsage: boolean;
  /** Fields that the request needs, set where the client sent none. */
  readonly requestFields: ReadonlyMap<string, string>;
  /** What the platform's own wishes leave out of the request; complete when its fields are changed, too. */
  readonly dropped: readonly string[];
  /** Changes the fields that the platform would refuse, after `requestFields`; null: there are none. */
  readonly finishFields: FieldsStep | null;
}

/** Why nothing can be sent, in the client's own error shape. */
export interface PlanRefused {
  readonly refused: LlmReply;
}

const noFields: ReadonlyMap<string, string> = new Map();
const none: ReadonlyMap<string, unknown> = new Map();
const noAttributes: RequestAttributes = { get: () => undefined };

/**
 * What to send to a provider, what must be fetched before, or the answer that says why nothing can be sent, in the
 * client's own error shape.
 *
 * @param model what the provider is to read as the model; null leaves the client's.
 */
export function planAttempt(
  ask: LlmAsk,
  attempt: Attempt,
  model: string | null,
): AttemptPlan | MediaWanted | PlanRefused {
  try {
    if (ask.body === null || attempt.passthrough !== null) return opaque(ask, attempt);
    return read(ask, ask.body, attempt, model);
  } catch (error) {
    if (!(error instanceof LlmBadRequest)) throw error;
    const { message, param } =
      error instanceof PivotRefusal ? error.as(ownNames(ask.type, ask.body?.json ?? {})) : error;
    return refused(ask, errorReply(400, 'invalid_request', message, param));
  }
}

/** The request as it came, to the place of its path. */
function opaque(ask: LlmAsk, attempt: Attempt): AttemptPlan | PlanRefused {
  const asked = callOf(ask, attempt, null, false);
  const call: ProviderCall = isFormat(ask.type) && ask.body !== null ? { ...asked, type: 'passthrough' } : asked;
  const target = targetOf(call, attempt);
  return target === undefined ? notSpoken(ask, call) : planOf(ask.bytes, target, call, attempt, noFields, []);
}

function read(
  ask: LlmAsk,
  body: LlmBody,
  attempt: Attempt,
  model: string | null,
): AttemptPlan | MediaWanted | PlanRefused {
  const attributes = ask.attributes ?? noAttributes;
  const line = requestLine(ask.type, ask.path);
  const draft = BodyDraft.ofBody(body);
  const betas = pathToBody(draft, ask, line);
  if (model !== null) {
    const aliased = attempt.provider.model === undefined ? attempt.alias(model) : model;
    if (aliased !== draft.get('model')) draft.set('model', aliased);
  }
  if (isFormat(ask.type)) attempt.steps.prepare(draft, ask.type, attributes);
  else attempt.steps.prepareModel(draft, attributes);
  const name = draft.get('model');
  const asked = typeof name === 'string' ? name : null;
  const stream = draft.get('stream') === true || line.stream === true;
  const call = callOf(ask, attempt, asked, stream);
  const operation = planOperation(call, { json: draft.json(), line, facts: attempt.factsOf(asked) }, attempt);
  if (operation !== null) return operationPlan(operation, attempt);
  const pair = formatPair(ask.type, call.formats, attempt.traits.chatFirst === true);
  if (pair !== null) return translated(ask, body, draft, line, betas, pair, call, attempt);
  const target = targetOf(call, attempt);
  if (target === undefined) return notSpoken(ask, call);
  const dropped: string[] = [];
  leaveOutForeignThoughts(ask, draft, attempt.factsOf(asked), attempt, dropped);
  if (isFormat(ask.type)) attempt.steps.finish(draft, ask.type, attributes, attempt.factsOf(asked));
  // Parsers differ in which of two members they take: the upstream must not read another model than the one routed.
  if (modelInPath(ask.type)) draft.undo('model');
  else if (draft.repeats('model')) draft.set('model', name);
  const fields = upstreamFormats.get(ask.type)?.requestFields ?? noFields;
  const hidesUsage = asksForUsage(call, draft, attempt.traits);
  const plan = planOf(
    finished(draft, call, attempt, dropped),
    target,
    call,
    attempt,
    betas.length === 0 ? fields : withBetas(fields, [...(ask.betas ?? []), ...betas]),
    dropped,
  );
  return hidesUsage ? { ...plan, hidesUsage } : plan;
}

/** A conversation that another vendor took part in: what only that one can read must not reach this one. */
function leaveOutForeignThoughts(
  ask: LlmAsk,
  draft: BodyDraft,
  facts: ModelFacts,
  { traits }: Attempt,
  dropped: string[],
): void {
  const strict = traits.strictMessages === true && ask.bytes.includes('"thinking_blocks"');
  if (!strict && !mayHoldSealed(ask.bytes)) return;
  const json = draft.json();
  const changed = sharedFormat(ask.type)?.withoutForeignThoughts(json, facts) ?? none;
  for (const [name, value] of changed) {
    if (JSON.stringify(value) === JSON.stringify(json[name])) continue;
    draft.set(name, value);
    if (dropped.length === 0) dropped.push(ownNames(ask.type, json)('messages[].thinking'));
  }
}

function operationPlan(operation: PlannedOperation, attempt: Attempt): AttemptPlan {
  const { exchange, target, call, requestFields } = operation;
  const dropped: string[] = [];
  const bytes = finished(new BodyDraft(exchange.bodies[0] ?? {}, null), call, attempt, dropped);
  return { ...planOf(bytes, target, call, attempt, requestFields, dropped), operation };
}

function translated(
  ask: LlmAsk,
  body: LlmBody,
  draft: BodyDraft,
  line: RequestLine,
  betas: readonly string[],
  pair: FormatPair,
  from: ProviderCall,
  attempt: Attempt,
): AttemptPlan | MediaWanted | PlanRefused {
  const facts = attempt.factsOf(from.model);
  // Answers that name no model are given the one that the client asked for.
  const named = line.model ?? body.model ?? from.model;
  const json = draft.json();
  const request = translateRequest(
    pair,
    {
      body: json['model'] === named ? json : { ...json, model: named },
      line: { model: line.model === null ? null : named, stream: line.stream },
      query: ask.query,
      betas: [...(ask.betas ?? []), ...betas],
      ...(ask.media === undefined ? {} : { media: ask.media }),
    },
    {
      model: from.model,
      unsupported: attempt.unsupported,
      facts,
      dialect: attempt.traits.dialect ?? null,
      fetches: attempt.fetchGuard !== null,
      now: Math.floor(wallMs() / 1000),
    },
  );
  if ('urls' in request) return request;
  if ('status' in request) return { refused: jsonReply(request.status, request.body) };
  const { format, requestFields } = pair.upstream;
  const call = { ...from, type: format, stream: request.context.request.stream, translated: true };
  const target = targetOf(call, attempt);
  if (target === undefined) return notSpoken(ask, from);
  const written = new BodyDraft(request.written, null);
  attempt.steps.finish(written, format, ask.attributes ?? noAttributes, facts);
  const dropped: string[] = [];
  const bytes = finished(written, call, attempt, dropped);
  const plan = planOf(bytes, target, call, attempt, requestFields ?? noFields, dropped);
  return { ...plan, translation: { pair, request } };
}

/** What a path says of a request goes into its body, as it would stand there. Gives the betas that the body named. */
function pathToBody(draft: BodyDraft, { type }: LlmAsk, line: RequestLine): readonly string[] {
  if (line.model === null) return [];
  if (draft.get('model') !== line.model) draft.set('model', line.model);
  if (modelInPath(type)) return [];
  if (line.stream === true && draft.get('stream') !== true) draft.set('stream', true);
  draft.remove('anthropic_version');
  const betas = draft.get('anthropic_beta');
  draft.remove('anthropic_beta');
  return Array.isArray(betas) ? betas.filter((beta) => typeof beta === 'string') : [];
}

function withBetas(fields: ReadonlyMap<string, string>, betas: readonly string[]): ReadonlyMap<string, string> {
  return new Map([...fields, ['anthropic-beta', betas.join(',')]]);
}

function callOf(
  ask: LlmAsk,
  { provider, formatsOf, ownKey }: Attempt,
  model: string | null,
  stream: boolean,
): ProviderCall {
  const query = ownKey ? withoutKey(ask.query) : ask.query;
  return {
    provider,
    formats: formatsOf(model),
    type: ask.type,
    model,
    stream,
    translated: false,
    path: ask.path,
    query,
  };
}

function targetOf(call: ProviderCall, { traits }: Attempt): UpstreamTarget | undefined {
  return traits.target === undefined ? usualTarget(call) : traits.target(call);
}

function finished(draft: BodyDraft, call: ProviderCall, { traits }: Attempt, dropped: string[]): Buffer {
  traits.finishBody?.(call, draft, dropped);
  const bytes = draft.bytes();
  return traits.finishText === undefined ? bytes : traits.finishText(call, bytes, dropped);
}

function planOf(
  body: Buffer,
  target: UpstreamTarget,
  call: ProviderCall,
  attempt: Attempt,
  requestFields: ReadonlyMap<string, string>,
  dropped: string[],
): AttemptPlan {
  return {
    target,
    body,
    translation: null,
    operation: null,
    hidesUsage: false,
    requestFields,
    dropped,
    finishFields: fieldsStep(call, attempt, dropped),
  };
}

function notSpoken(ask: LlmAsk, { provider, formats }: ProviderCall): PlanRefused {
  return refused(ask, formatNotSpoken(provider, formats, ask.type));
}

function refused(ask: LlmAsk, reply: LlmReply): PlanRefused {
  return { refused: refusalFor(ask.type, reply) };
}
