/** Policies of the requests to one backend. */

import { aiPolicy, type AiPolicy } from './ai-policy.ts';
import {
  endpointLimits,
  healthCheck,
  loadBalancing,
  type EndpointLimits,
  type HealthCheck,
  type LoadBalancing,
} from './balancing.ts';
import { beyond } from './beyond.ts';
import { authorization, type Authorization } from './authorization.ts';
import { backendRef, headerModifier, ruleSet, type BackendRef, type HeaderModifier, type RuleSet } from './common.ts';
import {
  backendHttp,
  backendTcp,
  tunnel,
  backendAuth,
  type BackendHttp,
  type BackendTcp,
  type Tunnel,
  type BackendAuth,
} from './connect.ts';
import { extAuthz, type ExtAuthz } from './ext.ts';
import { literals } from './kit/collection.ts';
import { required, optional, defaulted } from './kit/field.ts';
import type { Schema } from './kit/node.ts';
import { extend, object } from './kit/object.ts';
import { cel, duration, integer, numberFrom, type CelText } from './kit/scalar.ts';
import { mcpGuardrails, type McpGuardrails } from './mcp-guardrails.ts';
import { requestRedirect, type RequestRedirect } from './rewrite.ts';
import { backendTls, emptyObject, type BackendTls, type EmptyObject } from './tls.ts';
import { transformations, type Transformations } from './transformations.ts';

/** When and how long a failing endpoint is left out. */
export interface Eviction {
  readonly duration?: number;
  readonly restoreHealth?: number;
  readonly consecutiveFailures?: number;
  readonly healthThreshold?: number;
}

export const eviction: Schema<Eviction> = object<Eviction>(
  'Eviction',
  'When and how long a failing endpoint is left out.',
  {
    duration: optional(duration, 'How long, the first time.'),
    restoreHealth: optional(numberFrom(0), 'Health score on return.'),
    consecutiveFailures: optional(integer(0, 2_147_483_647), 'Failures in a row before it is left out.'),
    healthThreshold: optional(numberFrom(0), 'Health score below which it is left out.'),
  },
);

/** When an endpoint counts as failing. */
export interface Health {
  readonly unhealthyExpression?: CelText;
  readonly eviction?: Eviction;
}

export const health: Schema<Health> = object<Health>('Health', 'When an endpoint counts as failing.', {
  unhealthyExpression: optional(cel, 'Responses for which this holds count as failures.'),
  eviction: optional(eviction, 'When and how long a failing endpoint is left out.'),
});

/** When an endpoint counts as failing, and whether it is asked. */
export type EndpointHealth = Health & { readonly check?: HealthCheck };

const endpointHealth: Schema<EndpointHealth> = extend<Health, { readonly check?: HealthCheck }>(
  health,
  'EndpointHealth',
  'When an endpoint counts as failing, and whether it is asked.',
  { check: beyond('backends[].policies.health.check', healthCheck) },
);

/** Whether a picker's choice must be a known endpoint. */
type DestinationMode = 'validated' | 'passthrough';

const destinationMode: Schema<DestinationMode> = literals('validated', 'passthrough');

/** Lets an endpoint picker choose. */
interface InferenceRouting {
  readonly endpointPicker: BackendRef;
  readonly destinationMode: DestinationMode;
}

const inferenceRouting: Schema<InferenceRouting> = object<InferenceRouting>(
  'InferenceRouting',
  'Lets an endpoint picker choose.',
  {
    endpointPicker: required(backendRef, 'The picker.'),
    destinationMode: defaulted(destinationMode, 'validated', 'Whether its choice must be a known endpoint.'),
  },
);

/** Sends requests that belong together to one endpoint. */
export interface SessionAffinity {
  readonly source: CelText;
}

export const sessionAffinity: Schema<SessionAffinity> = object<SessionAffinity>(
  'SessionAffinity',
  'Sends requests that belong together to one endpoint.',
  {
    source: required(cel, 'Computes what belongs together.'),
  },
);

/** Policies of the requests to one backend. */
export interface BackendPolicies {
  readonly requestHeaderModifier?: HeaderModifier;
  readonly transformations?: Transformations;
  readonly backendTLS?: BackendTls;
  readonly backendAuth?: BackendAuth;
  readonly http?: BackendHttp;
  readonly tcp?: BackendTcp;
  readonly backendTunnel?: Tunnel;
  readonly responseHeaderModifier?: HeaderModifier;
  readonly requestRedirect?: RequestRedirect;
  readonly health?: EndpointHealth;
  readonly extAuthz?: ExtAuthz;
  readonly authorization?: Authorization;
  readonly mcpAuthorization?: RuleSet;
  readonly mcpGuardrails?: McpGuardrails;
  readonly a2a?: EmptyObject;
  readonly inferenceRouting?: InferenceRouting;
  readonly sessionAffinity?: SessionAffinity;
  readonly loadBalancing?: LoadBalancing;
  readonly limits?: EndpointLimits;
  readonly ai?: AiPolicy;
}

export const backendPolicies: Schema<BackendPolicies> = object<BackendPolicies>(
  'BackendPolicies',
  'Policies of the requests to one backend.',
  {
    requestHeaderModifier: optional(headerModifier, 'Changes to request headers.'),
    transformations: optional(transformations, 'CEL transformations.'),
    backendTLS: optional(backendTls, 'TLS to the backend.'),
    backendAuth: optional(backendAuth, 'Credentials for the backend.'),
    http: optional(backendHttp, 'HTTP settings.'),
    tcp: optional(backendTcp, 'TCP settings.'),
    backendTunnel: optional(tunnel, 'Proxy to go through.'),
    responseHeaderModifier: optional(headerModifier, 'Changes to response headers.'),
    requestRedirect: optional(requestRedirect, 'Answers with a redirect.'),
    health: optional(endpointHealth, 'When an endpoint counts as failing.'),
    extAuthz: optional(extAuthz, 'Asks a service whether a request may go on.'),
    authorization: optional(authorization, 'Who may do what.'),
    mcpAuthorization: optional(ruleSet, 'Authorization rules of MCP methods.'),
    mcpGuardrails: optional(mcpGuardrails, 'Services that check MCP messages.'),
    a2a: optional(emptyObject, 'Treats the backend as an A2A agent.'),
    inferenceRouting: optional(inferenceRouting, 'Lets an endpoint picker choose.'),
    sessionAffinity: optional(sessionAffinity, 'Sends requests that belong together to one endpoint.'),
    loadBalancing: beyond('backends[].policies.loadBalancing', loadBalancing),
    limits: beyond('backends[].policies.limits', endpointLimits),
    ai: optional(aiPolicy, 'What happens to LLM requests.'),
  },
);
