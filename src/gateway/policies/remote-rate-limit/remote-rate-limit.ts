import { monotonicMs } from '../../../base/clock.ts';
import { GatewayError } from '../../../base/errors.ts';
import type { RemoteRateLimitSpec } from '../../../model/policies/rate-limit.ts';
import type { GrpcTransport } from '../../../net/grpc/call.ts';
import { callUnary } from '../../../net/grpc/client.ts';
import type { HeaderValue } from '../../../net/grpc/envoy/core.ts';
import {
  limitCodes,
  shouldRateLimit,
  type RateLimitDescriptor,
  type RateLimitResponse,
} from '../../../net/grpc/envoy/rate-limit.ts';
import { HeaderList } from '../../../net/http/headers.ts';
import { changeFields, requestPseudo } from '../../envoy/field-changes.ts';
import { ServiceCalls } from '../../envoy/service-calls.ts';
import { ComputedValues } from '../../envoy/values.ts';
import type { Exchange } from '../../exchange.ts';
import { ExchangeLimits, type TokenEstimate, type TokenLimit } from '../../rate-limit/exchange-limits.ts';
import { tokensUsed } from '../../rate-limit/tokens-used.ts';
import { grpcTransport } from '../../upstream/grpc-transport.ts';
import type { ConditionalPolicyFactory, LocalReply, PolicyContext, Verdict } from '../policy.ts';
import { Descriptors, settled, type ComputedDescriptors } from './descriptors.ts';

/** How long the service may take unless `policies.http.requestTimeout` says otherwise. */
const defaultTimeoutMs = 1000;

/** Asks a rate limit service of Envoy's protocol whether a request is within its limits. */
export const remoteRateLimit: ConditionalPolicyFactory<'remoteRateLimit'> = {
  kind: 'remoteRateLimit',
  conditional: true,
  compile(spec, context) {
    const values = new ComputedValues(context, 'remoteRateLimit');
    const requests = new Descriptors('requests', spec.descriptors, values);
    const tokens = new Descriptors('tokens', spec.descriptors, values);
    const service = new RateLimitService(spec, context);
    const fields = new WeakMap<Exchange, readonly HeaderValue[]>();

    const apply = (x: Exchange, response: RateLimitResponse | null): LocalReply | undefined => {
      if (response === null) return undefined;
      noteStatuses(x, response);
      const { responseHeadersToAdd = [], requestHeadersToAdd = [] } = response;
      if (responseHeadersToAdd.length > 0) fields.set(x, [...(fields.get(x) ?? []), ...responseHeadersToAdd]);
      if (response.overallCode === limitCodes.ok) {
        changeFields(x.request.headers, { set: requestHeadersToAdd.map(added) }, requestPseudo(x.request, false));
        return undefined;
      }
      x.limits?.refused('remoteRateLimit');
      return refusal(response);
    };
    const ask = async (x: Exchange): Promise<LocalReply | undefined> => {
      const { descriptors } = requests.compute(x.attributes(), undefined);
      return descriptors.length === 0 ? undefined : apply(x, await service.ask(descriptors, x.signal));
    };
    return {
      kind: 'remoteRateLimit',
      request: function limitRemotely(x): Verdict {
        const limits = (x.limits ??= new ExchangeLimits(x.bind.recorder));
        if (!tokens.isEmpty) {
          if (!limits.countsTokens) x.onClose(() => limits.settle(tokensUsed(x.record)));
          limits.addTokens(new RemoteTokens(x, tokens, service, apply));
        }
        return requests.isEmpty ? undefined : ask(x);
      },
      response: function setLimitFields(x, head) {
        x.limits?.setFields(head.headers);
        const set = fields.get(x);
        if (set !== undefined) changeFields(head.headers, { set: set.map(added) }, null);
      },
      onErrors: true,
    };
  },
};

/** What the service wants added is added; it may want several of one name. */
function added(header: HeaderValue): { readonly header: HeaderValue; readonly append: { readonly value: true } } {
  return { header, append: { value: true } };
}

/** The service of one policy. */
class RateLimitService {
  readonly #spec: RemoteRateLimitSpec;
  readonly #transport: GrpcTransport;
  readonly #timeoutMs: number;
  readonly #calls: ServiceCalls;

  constructor(spec: RemoteRateLimitSpec, context: PolicyContext) {
    const upstream = context.helper(spec.target);
    this.#spec = spec;
    this.#transport = grpcTransport(upstream);
    this.#timeoutMs = upstream.requestTimeoutMs > 0 ? upstream.requestTimeoutMs : defaultTimeoutMs;
    this.#calls = new ServiceCalls(context.log, context.metrics, 'remoteRateLimit', 'RateLimit', context.place);
  }

  /** What the service says; null where it fails and requests pass then. Rejects with GatewayError `rateLimitFailed`. */
  async ask(
    descriptors: readonly RateLimitDescriptor[],
    signal: AbortSignal | null,
  ): Promise<RateLimitResponse | null> {
    const started = monotonicMs();
    const { domain, failureMode } = this.#spec;
    try {
      const options = { timeoutMs: this.#timeoutMs, ...(signal === null ? {} : { signal }) };
      const response = await callUnary(this.#transport, shouldRateLimit, { domain, descriptors }, options);
      this.#calls.succeeded(started);
      return response;
    } catch (error) {
      if (signal?.aborted === true) throw new GatewayError('clientGone');
      this.#calls.failed(error, failureMode === 'failOpen' ? 'the request passed' : 'the request was refused');
      if (failureMode === 'failOpen') return null;
      throw new GatewayError('rateLimitFailed', 'the rate limit service could not be asked', { cause: error });
    }
  }
}

type Apply = (x: Exchange, response: RateLimitResponse | null) => LocalReply | undefined;

/**
 * Limits of tokens that a service keeps. It can only count up: so before a call it is asked with nothing taken, or with
 * the request's own tokens where they were counted and no cost is computed at the end; the rest follows at the end.
 */
class RemoteTokens implements TokenLimit {
  readonly #x: Exchange;
  readonly #descriptors: Descriptors;
  readonly #service: RateLimitService;
  readonly #apply: Apply;
  #computed: ComputedDescriptors | null = null;
  /** Of descriptors without a cost of their own. */
  #taken = 0;

  constructor(x: Exchange, descriptors: Descriptors, service: RateLimitService, apply: Apply) {
    this.#x = x;
    this.#descriptors = descriptors;
    this.#service = service;
    this.#apply = apply;
  }

  async reserve({ input, counted }: TokenEstimate): Promise<undefined> {
    this.#taken = counted ? input : 0;
    const computed = this.#descriptors.compute(this.#x.attributes(), this.#taken);
    this.#computed = computed;
    if (computed.descriptors.length === 0) return undefined;
    const reply = this.#apply(this.#x, await this.#service.ask(computed.descriptors, this.#x.signal));
    if (reply === undefined) return undefined;
    throw new GatewayError('rateLimitExceeded', 'too many tokens were used');
  }

  settle(used: number | null): void {
    const computed = this.#computed ?? this.#descriptors.compute(this.#x.attributes(), 0);
    if (used === null || used === 0) return;
    const descriptors = settled(computed, Math.max(0, used - this.#taken), () => this.#x.attributes());
    if (descriptors.length === 0) return;
    // The client has its answer: what the service says concerns the next request.
    this.#service.ask(descriptors, null).catch(() => undefined);
  }
}

/** The most constrained of the limits that the service names. */
function noteStatuses(x: Exchange, { statuses = [] }: RateLimitResponse): void {
  for (const { currentLimit, limitRemaining = 0, durationUntilReset } of statuses) {
    if (currentLimit === undefined) continue;
    const { seconds = 0, nanos = 0 } = durationUntilReset ?? {};
    x.limits?.note(currentLimit.requestsPerUnit ?? 0, limitRemaining, Number(seconds) * 1000 + nanos / 1e6);
  }
}

/** What the service wants the client of a refused request to see; without a body, an error of the usual shape. */
function refusal({ rawBody, statuses = [] }: RateLimitResponse): LocalReply {
  const over = statuses.find(({ code }) => code === limitCodes.overLimit)?.durationUntilReset;
  const retryAfter = over === undefined ? 0 : Math.max(1, Number(over.seconds ?? 0) + ((over.nanos ?? 0) > 0 ? 1 : 0));
  if (rawBody === undefined || rawBody.byteLength === 0) {
    throw new GatewayError('rateLimitExceeded', '', retryAfter > 0 ? { retryAfter } : {});
  }
  const headers = new HeaderList();
  if (retryAfter > 0) headers.append('retry-after', String(retryAfter));
  return { status: 429, headers, body: rawBody };
}
