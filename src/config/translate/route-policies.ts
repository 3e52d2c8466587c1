import { parseDuration } from '../../base/duration.ts';
import type { Expression } from '../../model/model.ts';
import type {
  BackendPolicySpecs,
  BufferLimit,
  Conditional,
  DirectResponseSpec,
  PolicySpecs,
  RequestMirrorSpec,
} from '../../model/policy.ts';
import type { BufferBody } from '../schema/limits.ts';
import type { DirectResponse, DirectResponsePolicy, RequestMirror } from '../schema/rewrite.ts';
import type { RoutePolicies } from '../schema/route-policies.ts';
import { hostAt } from './address.ts';
import { backendAuth, headerModifier, tunnelField } from './backend-policies.ts';
import { report, useBackend, type Context, type Path } from './context.ts';
import { condition, expression, expressionMap } from './expressions.ts';
import { requestRedirect, urlRewrite } from './rewrite.ts';
import { backendTls } from './tls.ts';

/** Policies of one attachment level: those of routes, and those that hold for every backend reached from there. */
export interface LevelPolicies {
  readonly route: PolicySpecs;
  readonly backend: BackendPolicySpecs;
}

/** Translates one level; kinds that are not built yet were refused before. */
export function routePolicies(context: Context, path: Path, config: RoutePolicies | undefined): LevelPolicies {
  if (config === undefined) return { route: {}, backend: {} };
  const { requestHeaderModifier, responseHeaderModifier, timeout, retry, delay } = config;
  const mirror =
    config.requestMirror === undefined
      ? undefined
      : requestMirror(context, [...path, 'requestMirror'], config.requestMirror);
  const auth =
    config.backendAuth === undefined ? undefined : backendAuth(context, [...path, 'backendAuth'], config.backendAuth);
  const route: PolicySpecs = {
    ...(timeout === undefined
      ? {}
      : {
          timeout: {
            ...(timeout.requestTimeout === undefined ? {} : { requestMs: timeout.requestTimeout }),
            ...(timeout.backendRequestTimeout === undefined ? {} : { backendRequestMs: timeout.backendRequestTimeout }),
          },
        }),
    ...(retry === undefined
      ? {}
      : {
          retry: {
            attempts: retry.attempts,
            backoffMs: retry.backoff ?? 0,
            codes: retry.codes,
            ...(retry.budget === undefined
              ? {}
              : { budget: { percent: retry.budget.percent, minimum: retry.budget.minimum } }),
            ...(retry.precondition === undefined
              ? {}
              : {
                  precondition: condition(context, [...path, 'retry', 'precondition'], retry.precondition, 'request'),
                }),
            ...(retry.condition === undefined
              ? {}
              : { condition: condition(context, [...path, 'retry', 'condition'], retry.condition, 'response') }),
          },
        }),
    ...(config.buffer === undefined
      ? {}
      : {
          buffer: {
            ...(config.buffer.request === undefined ? {} : { request: bufferLimit(config.buffer.request) }),
            ...(config.buffer.response === undefined ? {} : { response: bufferLimit(config.buffer.response) }),
          },
        }),
    ...(requestHeaderModifier === undefined ? {} : { requestHeaderModifier: headerModifier(requestHeaderModifier) }),
    ...(responseHeaderModifier === undefined ? {} : { responseHeaderModifier: headerModifier(responseHeaderModifier) }),
    ...(config.urlRewrite === undefined ? {} : { urlRewrite: urlRewrite(config.urlRewrite) }),
    ...(config.requestRedirect === undefined ? {} : { requestRedirect: requestRedirect(config.requestRedirect) }),
    ...(mirror === undefined ? {} : { requestMirror: [mirror] }),
    ...(delay === undefined
      ? {}
      : { delay: { duration: delayDuration(context, [...path, 'delay', 'duration'], delay.duration) } }),
    ...(config.directResponse === undefined
      ? {}
      : { directResponse: directResponses(context, [...path, 'directResponse'], config.directResponse) }),
  };
  const backend: BackendPolicySpecs = {
    ...(config.backendTLS === undefined
      ? {}
      : { backendTLS: backendTls(context, [...path, 'backendTLS'], config.backendTLS) }),
    ...(auth === undefined ? {} : { backendAuth: auth }),
    ...tunnelField(context, path, config.backendTunnel),
  };
  return { route, backend };
}

function bufferLimit(config: BufferBody): BufferLimit {
  return {
    ...(config.maxBytes === undefined ? {} : { maxBytes: config.maxBytes }),
    failureMode: config.failureMode,
  };
}

function requestMirror(context: Context, path: Path, config: RequestMirror): RequestMirrorSpec | undefined {
  const { backend, host } = config.backend;
  if (backend !== undefined) {
    const name = useBackend(context, [...path, 'backend', 'backend'], backend, 'host');
    return { backend: { kind: 'named', name }, fraction: config.percentage };
  }
  if (host === undefined) return undefined;
  const at: Path = [...path, 'backend', 'host'];
  const target = hostAt(context, at, host, { noPath: 'the copy keeps the path of the request' });
  if (target === undefined) return undefined;
  if (target.tls) {
    report(context, at, 'to mirror over TLS, name a backend of the backends list that has policies.backendTLS');
    return undefined;
  }
  return { backend: { kind: 'host', address: target.address }, fraction: config.percentage };
}

function directResponses(context: Context, path: Path, config: DirectResponsePolicy): Conditional<DirectResponseSpec> {
  if (!('conditional' in config)) return [{ policy: directResponse(context, path, config) }];
  return config.conditional.map((entry, index) => {
    const at: Path = [...path, 'conditional', index];
    return {
      ...(entry.condition === undefined
        ? {}
        : { condition: condition(context, [...at, 'condition'], entry.condition, 'request') }),
      policy: directResponse(context, at, entry),
    };
  });
}

function directResponse(context: Context, path: Path, config: DirectResponse): DirectResponseSpec {
  return {
    status: config.status,
    ...(config.body === undefined ? {} : { body: config.body }),
    ...(config.bodyExpression === undefined
      ? {}
      : { bodyExpression: expression(context, [...path, 'bodyExpression'], config.bodyExpression, 'request') }),
    headers: expressionMap(context, [...path, 'headers'], config.headers, 'request'),
  };
}

/** A duration as it stands, anything else checked as an expression. */
function delayDuration(context: Context, path: Path, text: string): Expression {
  return parseDuration(text) === undefined ? expression(context, path, text, 'request') : text;
}
