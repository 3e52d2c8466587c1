import { wallMs } from '../../../base/clock.ts';
import { GatewayError } from '../../../base/errors.ts';
import { errorReply, type LlmAnswer } from '../../../llm/answer.ts';
import type { LocalResponder } from '../../../llm/demo/request.ts';
import { ownNames, refusalFor } from '../../../llm/formats/refusal.ts';
import { isJsonRecord } from '../../../llm/json/parse.ts';
import { PivotRefusal } from '../../../llm/pivot/drops.ts';
import { tokensOf, type LlmRecord } from '../../../llm/record.ts';
import { startRecord, type LlmAsk } from '../../../llm/request/plan.ts';
import type { MediaUrl } from '../../../llm/translate/media.ts';
import { createLlmTap, type LlmTap } from '../../../llm/usage/tap.ts';
import type { HeaderList } from '../../../net/http/headers.ts';
import type { Exchange } from '../../exchange.ts';
import { HealthReport } from '../../upstream/health-report.ts';
import type { RelayOverride, UpstreamFailure } from '../../upstream/relay.ts';
import type { Attempt } from './attempt.ts';
import type { HeldBytes } from './held-bytes.ts';
import { answer } from './local-answer.ts';
import { fetchMedia } from './media-fetch.ts';
import { openAnswer } from './open-answer.ts';
import { planAttempt, type AttemptPlan } from './plan-attempt.ts';
import type { LlmPorts } from './ports.ts';
import { translateReply } from './translation.ts';

/** Fields in which clients of LLM APIs send their credential. */
const credentialFields = ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key'];

const nothing = Buffer.alloc(0);
const noModel = (): null => null;

/** Who may answer a request, in the order in which they are asked. */
export interface ServingRoute {
  readonly attempts: readonly Attempt[];
  /** What a provider is to read as `model`; null leaves the client's. */
  readonly modelFor: (attempt: Attempt) => string | null;
}

/** One request on its way through the providers that may answer it. */
export class Serving {
  readonly #x: Exchange;
  #ask: LlmAsk;
  #attempts: readonly Attempt[];
  #modelFor: (attempt: Attempt) => string | null;
  readonly #ports: LlmPorts;
  readonly #held: HeldBytes;
  /** The client's fields as they came; null where there is no one else to ask. */
  readonly #received: readonly string[] | null;
  #next: number;
  #tried: readonly string[];
  /** What those used that were tried, where they said it. */
  #failed: readonly LlmRecord[];
  /** Of the provider that is being asked. */
  #health: HealthReport | null;

  constructor(x: Exchange, ask: LlmAsk, { attempts, modelFor }: ServingRoute, held: HeldBytes, ports: LlmPorts) {
    this.#x = x;
    this.#ask = ask;
    this.#attempts = attempts;
    this.#modelFor = modelFor;
    this.#ports = ports;
    this.#held = held;
    this.#received = attempts.length > 1 ? x.request.headers.flat.slice() : null;
    this.#next = 1;
    this.#tried = [];
    this.#failed = [];
    this.#health = null;
  }

  /** Asks the first. */
  start(): void {
    const [attempt] = this.#attempts;
    if (attempt === undefined) throw new GatewayError('noBackend', 'the LLM backend has no provider');
    const plan = planAttempt(this.#ask, attempt, this.#modelFor(attempt));
    if ('refused' in plan) return answer(this.#x, plan.refused, null);
    return 'urls' in plan ? this.#fetch(attempt, plan.urls) : this.#send(attempt, plan);
  }

  /** Asks `attempt` when it has what the request names by URL. */
  #fetch(attempt: Attempt, urls: readonly MediaUrl[]): void {
    const x = this.#x;
    const { fetchGuard } = attempt;
    if (fetchGuard === null) throw new GatewayError('internal');
    const gone = new AbortController();
    x.onClose(() => gone.abort());
    fetchMedia(urls, fetchGuard, gone.signal, (bytes) => this.#held.add(bytes)).then(
      (media) => {
        if (x.state !== 'open') return;
        this.#ask = { ...this.#ask, media: new Map([...(this.#ask.media ?? []), ...media]) };
        const plan = planAttempt(this.#ask, attempt, this.#modelFor(attempt));
        if ('refused' in plan) answer(x, plan.refused, null);
        else if ('urls' in plan) x.fail(new GatewayError('internal'));
        else this.#again(attempt, plan);
      },
      (error: unknown) => {
        if (x.state !== 'open') return;
        if (!(error instanceof PivotRefusal)) return x.fail(error);
        const { message, param } = error.as(ownNames(this.#ask.type, this.#ask.body?.json ?? {}));
        const reply = errorReply(400, 'media_not_fetched', message, param);
        return answer(x, refusalFor(this.#ask.type, reply), null);
      },
    );
  }

  #send(attempt: Attempt, plan: AttemptPlan): void {
    const x = this.#x;
    const ask = this.#ask;
    const record = startRecord(ask, attempt.provider, plan.translation?.request.dropped ?? plan.operation?.dropped);
    record.tried = this.#tried;
    record.failed = this.#failed;
    x.record.llm = record;
    if (attempt.respond !== null) {
      const model = attempt.namesAsked ? record.requestModel : null;
      return respond(x, ask, plan, { responder: attempt.respond, model }, createLlmTap(record, x.record.startedMs));
    }
    const upstream = plan.operation?.upstream ?? attempt.upstream;
    if (upstream === null) throw new GatewayError('noBackend', `provider ${attempt.provider.name} has no address`);
    const { request } = x;
    request.query = plan.target.query;
    prepareHeaders(request.headers, attempt.ownKey);
    for (const [name, value] of plan.requestFields) {
      if (!request.headers.has(name)) request.headers.set(name, value);
    }
    plan.finishFields?.(request.headers);
    const beginMs = record.streaming ? (attempt.provider.serving?.limits?.firstTokenMs ?? 0) : 0;
    const health = attempt.health === null ? null : new HealthReport(x, attempt.health);
    this.#health = health;
    if (health !== null) x.onClose(() => health.end());
    // With nobody left to ask, what was read of the request is needed no more; its bytes are the plan's.
    if (this.#next >= this.#attempts.length && attempt.traits.repairs === undefined) this.#forget();
    const asked = { ask: this.#ask, attempt, plan, record, held: this.#held };
    const override: RelayOverride = {
      path: plan.target.path,
      body: plan.body,
      beginMs,
      ...(health === null ? {} : { tried: heardBy(health) }),
      begun: () => this.#letGo(),
      sink: (head, control) => openAnswer(x, asked, head, control),
      ...(this.#next < this.#attempts.length ? { elsewhere: (failure) => this.#elsewhere(attempt, failure) } : {}),
    };
    return this.#ports.relay(x, upstream, override, null);
  }

  /** Asks the next who can be asked this; false when there is none, or `failure` is an answer. */
  #elsewhere(failed: Attempt, failure: UpstreamFailure): boolean {
    if (!isWorthAnother(failure)) return false;
    for (let attempt = this.#attempts[this.#next]; attempt !== undefined; attempt = this.#attempts[this.#next]) {
      this.#next++;
      const plan = planAttempt(this.#ask, attempt, this.#modelFor(attempt));
      // Someone who cannot be asked this is no better than who failed.
      if ('refused' in plan) continue;
      const why = failure instanceof GatewayError ? failure.reason : failure.status;
      this.#tried = [...this.#tried, `${failed.provider.name}:${why}`];
      const { llm } = this.#x.record;
      if (llm !== null && tokensOf(llm) !== null) this.#failed = [...this.#failed, llm];
      this.#health?.end();
      const { headers } = this.#x.request;
      headers.flat.splice(0, Infinity, ...(this.#received ?? headers.flat));
      this.#x.mirrors = null;
      this.#x.record.leaving();
      if ('urls' in plan) this.#fetch(attempt, plan.urls);
      else this.#again(attempt, plan);
      return true;
    }
    return false;
  }

  /** Nobody else will be asked, and a stream may be long: the request need not stay. */
  #letGo(): void {
    this.#forget();
    this.#held.release();
  }

  #forget(): void {
    this.#ask = { ...this.#ask, body: null, bytes: nothing };
    this.#attempts = [];
    this.#modelFor = noModel;
  }

  #again(attempt: Attempt, plan: AttemptPlan): void {
    try {
      this.#send(attempt, plan);
    } catch (error) {
      this.#x.fail(error);
    }
  }
}

/** A closure of its own scope, which keeps nothing of the request. */
function heardBy(health: HealthReport): (result: UpstreamFailure) => void {
  return (result) => health.tried(result);
}

/** Failures that another provider may not have: what a client did wrong stays wrong. */
function isWorthAnother(failure: UpstreamFailure): boolean {
  if (failure instanceof GatewayError) return failure.source === 'upstream' || failure.reason === 'credentialsFailed';
  return failure.status === 408 || failure.status === 429 || failure.status >= 500;
}

/** Who answers within the gateway, and what its answers name as their model; null: the one that it was asked for. */
interface LocalAnswer {
  readonly responder: LocalResponder;
  readonly model: string | null;
}

function respond(x: Exchange, ask: LlmAsk, plan: AttemptPlan, { responder, model }: LocalAnswer, tap: LlmTap): void {
  const { translation } = plan;
  const sent: unknown =
    plan.body === ask.bytes && ask.body !== null ? ask.body.json : JSON.parse(plan.body.toString('utf8') || '{}');
  const type = translation?.pair.upstream.format ?? ask.type;
  const json = isJsonRecord(sent) ? sent : {};
  const body = model === null ? json : { ...json, model };
  const reply: LlmAnswer = responder({ type, body, now: Math.floor(wallMs() / 1000) });
  answer(x, translation === null ? reply : translateReply(reply, translation), tap);
}

/**
 * Makes the client's fields those to send on: uncompressed answers are asked for, so that they can be read as they pass;
 * the client's credential is left out when the provider gets its own.
 */
export function prepareHeaders(headers: HeaderList, ownKey: boolean): void {
  if (ownKey) for (const name of credentialFields) headers.delete(name);
  headers.set('accept-encoding', 'identity');
}
