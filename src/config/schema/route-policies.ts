/** Policies of routes and of listeners. */

import { aiPolicy, type AiPolicy } from './ai-policy.ts';
import {
  basicAuth,
  apiKeys,
  mcpAuthentication,
  jwtAuth,
  type BasicAuth,
  type ApiKeys,
  type McpAuthentication,
  type JwtAuth,
} from './auth.ts';
import { beyond } from './beyond.ts';
import { authorization, type Authorization } from './authorization.ts';
import { headerModifier, ruleSet, type HeaderModifier, type RuleSet } from './common.ts';
import { tunnel, backendAuth, type Tunnel, type BackendAuth } from './connect.ts';
import { extAuthzPolicy, extProcPolicy, type ExtAuthzPolicy, type ExtProcPolicy } from './ext.ts';
import { optional } from './kit/field.ts';
import type { Schema } from './kit/node.ts';
import { object } from './kit/object.ts';
import {
  bufferPolicy,
  timeout,
  retry,
  delay,
  localRateLimitPolicy,
  remoteRateLimitPolicy,
  type BufferPolicy,
  type Timeout,
  type Retry,
  type Delay,
  type LocalRateLimitPolicy,
  type RemoteRateLimitPolicy,
} from './limits.ts';
import { introspection, type Introspection } from './introspection.ts';
import { mcpGuardrails, type McpGuardrails } from './mcp-guardrails.ts';
import { oidc, type Oidc } from './oidc.ts';
import { concurrency, type Concurrency } from './own-limits.ts';
import {
  requestRedirect,
  urlRewrite,
  requestMirror,
  cors,
  csrf,
  directResponsePolicy,
  transformationsPolicy,
  type RequestRedirect,
  type UrlRewrite,
  type RequestMirror,
  type Cors,
  type Csrf,
  type DirectResponsePolicy,
  type TransformationsPolicy,
} from './rewrite.ts';
import { backendTls, emptyObject, type BackendTls, type EmptyObject } from './tls.ts';
import {
  compression,
  ipAccess,
  securityHeaders,
  type Compression,
  type IpAccess,
  type SecurityHeaders,
} from './web-policies.ts';

/** Policies of a route. */
export interface RoutePolicies {
  readonly requestHeaderModifier?: HeaderModifier;
  readonly responseHeaderModifier?: HeaderModifier;
  readonly requestRedirect?: RequestRedirect;
  readonly urlRewrite?: UrlRewrite;
  readonly requestMirror?: RequestMirror;
  readonly directResponse?: DirectResponsePolicy;
  readonly cors?: Cors;
  readonly mcpAuthorization?: RuleSet;
  readonly mcpGuardrails?: McpGuardrails;
  readonly authorization?: Authorization;
  readonly mcpAuthentication?: McpAuthentication;
  readonly a2a?: EmptyObject;
  readonly ai?: AiPolicy;
  readonly backendTLS?: BackendTls;
  readonly backendTunnel?: Tunnel;
  readonly backendAuth?: BackendAuth;
  readonly localRateLimit?: LocalRateLimitPolicy;
  readonly remoteRateLimit?: RemoteRateLimitPolicy;
  readonly jwtAuth?: JwtAuth;
  readonly oidc?: Oidc;
  readonly basicAuth?: BasicAuth;
  readonly apiKey?: ApiKeys;
  readonly extAuthz?: ExtAuthzPolicy;
  readonly extProc?: ExtProcPolicy;
  readonly transformations?: TransformationsPolicy;
  readonly csrf?: Csrf;
  readonly buffer?: BufferPolicy;
  readonly timeout?: Timeout;
  readonly retry?: Retry;
  readonly delay?: Delay;
  readonly ipAccess?: IpAccess;
  readonly securityHeaders?: SecurityHeaders;
  readonly compression?: Compression;
  readonly introspection?: Introspection;
  readonly concurrency?: Concurrency;
}

export const routePolicies: Schema<RoutePolicies> = object<RoutePolicies>('RoutePolicies', 'Policies of a route.', {
  requestHeaderModifier: optional(headerModifier, 'Changes to request headers.'),
  responseHeaderModifier: optional(headerModifier, 'Changes to response headers.'),
  requestRedirect: optional(requestRedirect, 'Answers with a redirect.'),
  urlRewrite: optional(urlRewrite, 'Changes the URL before forwarding.'),
  requestMirror: optional(requestMirror, 'Sends a copy of requests elsewhere.'),
  directResponse: optional(directResponsePolicy, 'Answers without a backend.'),
  cors: optional(cors, 'Cross-origin requests from browsers.'),
  mcpAuthorization: optional(ruleSet, 'Authorization rules of MCP methods.'),
  mcpGuardrails: optional(mcpGuardrails, 'Services that check MCP messages.'),
  authorization: optional(authorization, 'Who may do what.'),
  mcpAuthentication: optional(mcpAuthentication, 'OAuth for MCP servers.'),
  a2a: optional(emptyObject, 'Treats the backends as A2A agents.'),
  ai: optional(aiPolicy, 'What happens to LLM requests.'),
  backendTLS: optional(backendTls, 'TLS to the backends.'),
  backendTunnel: optional(tunnel, 'Proxy to go through to the backends.'),
  backendAuth: optional(backendAuth, 'Credentials for the backends.'),
  localRateLimit: optional(localRateLimitPolicy, 'Rate limits in this process.'),
  remoteRateLimit: optional(remoteRateLimitPolicy, 'A rate limit service.'),
  jwtAuth: optional(jwtAuth, 'Clients prove who they are with a JWT.'),
  oidc: optional(oidc, 'Browser sign-in with OpenID Connect.'),
  basicAuth: optional(basicAuth, 'Clients prove who they are with a password.'),
  apiKey: optional(apiKeys, 'Clients prove who they are with a key.'),
  extAuthz: optional(extAuthzPolicy, 'Asks a service whether a request may go on.'),
  extProc: optional(extProcPolicy, 'Shows requests and responses to a service that may change them.'),
  transformations: optional(transformationsPolicy, 'CEL transformations.'),
  csrf: optional(csrf, 'Refuses cross-site requests that change state.'),
  buffer: optional(bufferPolicy, 'Holds whole bodies before they go on.'),
  timeout: optional(timeout, 'Time limits.'),
  retry: optional(retry, 'Sends failed requests again.'),
  delay: optional(delay, 'Waits before the request goes on.'),
  ipAccess: beyond('routes[].policies.ipAccess', ipAccess),
  securityHeaders: beyond('routes[].policies.securityHeaders', securityHeaders),
  compression: beyond('routes[].policies.compression', compression),
  introspection: beyond('routes[].policies.introspection', introspection),
  concurrency: beyond('routes[].policies.concurrency', concurrency),
});

/** Policies that run before a route is chosen. */
export interface GatewayPolicies {
  readonly oidc?: Oidc;
  readonly jwtAuth?: JwtAuth;
  readonly authorization?: Authorization;
  readonly extAuthz?: ExtAuthzPolicy;
  readonly extProc?: ExtProcPolicy;
  readonly cors?: Cors;
  readonly transformations?: TransformationsPolicy;
  readonly basicAuth?: BasicAuth;
  readonly apiKey?: ApiKeys;
  readonly introspection?: Introspection;
}

export const gatewayPolicies: Schema<GatewayPolicies> = object<GatewayPolicies>(
  'GatewayPolicies',
  'Policies that run before a route is chosen.',
  {
    oidc: optional(oidc, 'Browser sign-in with OpenID Connect.'),
    jwtAuth: optional(jwtAuth, 'Clients prove who they are with a JWT.'),
    authorization: optional(authorization, 'Who may do what.'),
    extAuthz: optional(extAuthzPolicy, 'Asks a service whether a request may go on.'),
    extProc: optional(extProcPolicy, 'Shows requests and responses to a service that may change them.'),
    cors: optional(cors, 'Cross-origin requests from browsers.'),
    transformations: optional(transformationsPolicy, 'CEL transformations.'),
    basicAuth: optional(basicAuth, 'Clients prove who they are with a password.'),
    apiKey: optional(apiKeys, 'Clients prove who they are with a key.'),
    introspection: beyond('routes[].policies.introspection', introspection),
  },
);

/** Policies of a TCP route. */
export interface TcpRoutePolicies {
  readonly backendTLS?: BackendTls;
}

export const tcpRoutePolicies: Schema<TcpRoutePolicies> = object<TcpRoutePolicies>(
  'TcpRoutePolicies',
  'Policies of a TCP route.',
  {
    backendTLS: optional(backendTls, 'TLS to the backends.'),
  },
);
