import { monotonicMs } from '../../../base/clock.ts';
import { GatewayError } from '../../../base/errors.ts';
import type { RemoteRateLimitSpec } from '../../../model/policies/rate-limit.ts';
import type { HelperTarget } from '../../../model/policies/helper.ts';
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
import type { ResponseHead } from '../../../net/http/message.ts';
import { changeFields, requestPseudo } from '../../envoy/field-changes.ts';
import { ServiceCalls } from '../../envoy/service-calls.ts';
import type { Exchange } from '../../exchange.ts';
import { grpcTransport } from '../../upstream/grpc-transport.ts';
import type { LocalReply, PolicyContext } from '../policy.ts';
import type { DescriptorLimits } from './descriptor-limits.ts';

/** How long the service may take unless `policies.http.requestTimeout` says otherwise. */
const defaultTimeoutMs = 1000;

/** Limits that a rate limit service of Envoy's protocol keeps. */
export class ServiceLimits implements DescriptorLimits {
  readonly #spec: RemoteRateLimitSpec;
  readonly #transport: GrpcTransport;
  readonly #timeoutMs: number;
  readonly #calls: ServiceCalls;
  readonly #fields = new WeakMap<Exchange, readonly HeaderValue[]>();

  constructor(spec: RemoteRateLimitSpec, target: HelperTarget, context: PolicyContext) {
    const upstream = context.helper(target);
    this.#spec = spec;
    this.#transport = grpcTransport(upstream);
    this.#timeoutMs = upstream.requestTimeoutMs > 0 ? upstream.requestTimeoutMs : defaultTimeoutMs;
    this.#calls = new ServiceCalls(context.log, context.metrics, 'remoteRateLimit', 'RateLimit', context.place);
  }

  async take(x: Exchange, descriptors: readonly RateLimitDescriptor[]): Promise<LocalReply | undefined> {
    const response = await this.#ask(descriptors, x.signal);
    if (response === null) return undefined;
    noteStatuses(x, response);
    const { responseHeadersToAdd = [], requestHeadersToAdd = [] } = response;
    if (responseHeadersToAdd.length > 0) {
      this.#fields.set(x, [...(this.#fields.get(x) ?? []), ...responseHeadersToAdd]);
    }
    if (response.overallCode === limitCodes.ok) {
      changeFields(x.request.headers, { set: requestHeadersToAdd.map(added) }, requestPseudo(x.request, false));
      return undefined;
    }
    x.limits?.refused('remoteRateLimit');
    return refusal(response);
  }

  charge(descriptors: readonly RateLimitDescriptor[]): void {
    // The client has its answer: what the service says concerns the next request.
    this.#ask(descriptors, null).catch(() => undefined);
  }

  setFields(x: Exchange, head: ResponseHead): void {
    const set = this.#fields.get(x);
    if (set !== undefined) changeFields(head.headers, { set: set.map(added) }, null);
  }

  /** What the service says; null where it fails and requests pass then. Rejects with GatewayError `rateLimitFailed`. */
  async #ask(
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

/** What the service wants added is added; it may want several of one name. */
function added(header: HeaderValue): { readonly header: HeaderValue; readonly append: { readonly value: true } } {
  return { header, append: { value: true } };
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
