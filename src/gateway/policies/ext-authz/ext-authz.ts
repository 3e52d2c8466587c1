import { monotonicMs } from '../../../base/clock.ts';
import { GatewayError } from '../../../base/errors.ts';
import type { ExtAuthzSpec } from '../../../model/policies/ext-authz.ts';
import type { HeaderValueOption } from '../../../net/grpc/envoy/core.ts';
import { changeFields } from '../../envoy/field-changes.ts';
import { ServiceCalls } from '../../envoy/service-calls.ts';
import { ComputedValues, type ValueContext } from '../../envoy/values.ts';
import type { Exchange } from '../../exchange.ts';
import { createCall } from '../../upstream/call.ts';
import { grpcTransport } from '../../upstream/grpc-transport.ts';
import type { ConditionalPolicyFactory, LocalReply, Policy, PolicyContext, Verdict } from '../policy.ts';
import { applyDecision, passed, type Decision } from './decision.ts';
import { DecisionCache } from './decision-cache.ts';
import { grpcCheck } from './grpc-check.ts';
import { httpCheck } from './http-check.ts';
import { ServiceFailed, type Check } from './service-check.ts';

/** How long a service may take unless `policies.http.requestTimeout` says otherwise (agentgateway, for HTTP). */
const defaultTimeoutMs = 2000;

/** Asks a service whether a request may go on, and does to the request what it says. */
export const extAuthz: ConditionalPolicyFactory<'extAuthz'> = {
  kind: 'extAuthz',
  conditional: true,
  failedCondition: 'refuse',
  compile: (spec, context) => compileExtAuthz(spec, context).policy,
};

/** One compiled use. */
export interface ExtAuthzPolicy {
  readonly policy: Policy;
  /** True when the service wants the response to this request changed. */
  changesResponse(x: Exchange): boolean;
}

/** What is needed to compile one. */
export type ExtAuthzContext = ValueContext & Pick<PolicyContext, 'helper'>;

/** {@link extAuthz} for one place. */
export function compileExtAuthz(spec: ExtAuthzSpec, context: ExtAuthzContext): ExtAuthzPolicy {
  const values = new ComputedValues(context, 'extAuthz');
  const calls = new ServiceCalls(context.log, context.metrics, 'extAuthz', 'ExtAuthz', context.place);
  const check = checkOf(spec, context, values);
  const cache = spec.cache === undefined ? null : new DecisionCache(spec.cache, values);
  const unasked: Decision = { ...passed, remove: vouchedFields(spec) };
  const fields = new WeakMap<Exchange, readonly HeaderValueOption[]>();

  const apply = (x: Exchange, decision: Decision): LocalReply | undefined => {
    if (decision.responseFields.length > 0) fields.set(x, decision.responseFields);
    return applyDecision(x, decision);
  };
  const ask = async (x: Exchange, key: string | null): Promise<LocalReply | undefined> => {
    const started = monotonicMs();
    let decision: Decision;
    try {
      decision = await check(x);
      calls.succeeded(started);
    } catch (error) {
      if (!(error instanceof ServiceFailed)) throw error;
      if (x.state === 'open')
        calls.failed(error, spec.failureMode === 'allow' ? 'the request passed' : 'the request was refused');
      return spec.failureMode === 'allow' ? apply(x, unasked) : onFailure(spec.failureMode, error);
    }
    if (cache === null || key === null) return apply(x, decision);
    try {
      return apply(x, decision);
    } finally {
      cache.set(key, decision, x.attributes());
    }
  };
  const policy: Policy = {
    kind: 'extAuthz',
    request: function authorizeExternally(x): Verdict {
      if (cache === null) return ask(x, null);
      const key = cache.keyOf(x.attributes());
      const known = key === null ? undefined : cache.get(key);
      if (known === undefined) return ask(x, key);
      calls.cached();
      return apply(x, known);
    },
    response: function addResponseFields(x, head) {
      const set = fields.get(x);
      if (set !== undefined) changeFields(head.headers, { set }, null);
    },
    onErrors: true,
  };
  return { policy, changesResponse: (x) => fields.has(x) };
}

function checkOf(spec: ExtAuthzSpec, context: ExtAuthzContext, values: ComputedValues): Check {
  const upstream = context.helper(spec.target);
  const timeoutMs = upstream.requestTimeoutMs > 0 ? upstream.requestTimeoutMs : defaultTimeoutMs;
  const { protocol } = spec;
  return protocol.kind === 'grpc'
    ? grpcCheck(spec, protocol, grpcTransport(upstream), timeoutMs, values)
    : httpCheck(spec, protocol, createCall(upstream), timeoutMs, values);
}

/** Fields that the backend believes to be the service's. */
function vouchedFields({ protocol }: ExtAuthzSpec): readonly string[] {
  return protocol.kind === 'http' ? protocol.includeResponseHeaders : [];
}

function onFailure(mode: Exclude<ExtAuthzSpec['failureMode'], 'allow'>, error: ServiceFailed): LocalReply {
  if (mode === 'deny' && error.reply !== null) return error.reply;
  throw new GatewayError('externalAuthorizationFailed', 'the authorization service could not decide', {
    cause: error,
    ...(mode === 'deny' ? {} : { status: mode }),
  });
}
