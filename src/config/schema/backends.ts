/** What routes send to. */

import { aiBackend, type AiBackend } from './ai-backend.ts';
import { backendPolicies, type BackendPolicies } from './backend-policies.ts';
import { serviceRef, type ServiceRef } from './common.ts';
import { required, optional, defaulted } from './kit/field.ts';
import { hostPort } from './kit/net.ts';
import type { Schema } from './kit/node.ts';
import { object, oneOfKeys, type OneOf } from './kit/object.ts';
import { text, name, cel, nullOnly, integer, type CelText } from './kit/scalar.ts';
import { mcpBackend, type McpBackend } from './mcp-backend.ts';
import { tcpBackendPolicies, type TcpBackendPolicies } from './tcp-policies.ts';

/** Where each request says. */
interface DynamicBackend {
  readonly target?: CelText;
}

const dynamicBackend: Schema<DynamicBackend> = object<DynamicBackend>('DynamicBackend', 'Where each request says.', {
  target: optional(cel, "Computes host and port; the request's host when absent."),
});

/** An agent runtime of Amazon Bedrock AgentCore. */
interface AgentCore {
  readonly agentRuntimeArn: string;
  readonly qualifier?: string;
}

const agentCore: Schema<AgentCore> = object<AgentCore>('AgentCore', 'An agent runtime of Amazon Bedrock AgentCore.', {
  agentRuntimeArn: required(text, 'ARN of the runtime.'),
  qualifier: optional(text, 'Version or endpoint of it.'),
});

/** The kinds of {@link AwsBackend}. */
interface AwsBackendKinds {
  readonly agentCore: AgentCore;
}

/** An AWS service. */
type AwsBackend = OneOf<AwsBackendKinds>;

const awsBackend: Schema<AwsBackend> = oneOfKeys<AwsBackendKinds>(
  'AwsBackend',
  'An AWS service.',
  {
    agentCore: required(agentCore, 'Amazon Bedrock AgentCore.'),
  },
  {},
);

/** The kinds of {@link RouteBackend}. */
interface RouteBackendKinds {
  readonly service: ServiceRef;
  readonly backend: string;
  readonly host: string;
  readonly internal: string;
  readonly dynamic: DynamicBackend;
  readonly mcp: McpBackend;
  readonly ai: AiBackend;
  readonly aws: AwsBackend;
  readonly routeGroup: string;
  readonly invalid: null;
}

/** What every {@link RouteBackend} may have. */
interface RouteBackendCommon {
  readonly weight: number;
  readonly policies?: BackendPolicies;
}

/** A backend of a route and its share. */
export type RouteBackend = OneOf<RouteBackendKinds, RouteBackendCommon>;

export const routeBackend: Schema<RouteBackend> = oneOfKeys<RouteBackendKinds, RouteBackendCommon>(
  'RouteBackend',
  'A backend of a route and its share.',
  {
    service: required(serviceRef, 'A service from the services list.'),
    backend: required(name, 'Name of a top-level backend.'),
    host: required(hostPort, 'A host and port.'),
    internal: required(text, 'Re-enters the gateway: `forward`, or a path.'),
    dynamic: required(dynamicBackend, 'Where each request says.'),
    mcp: required(mcpBackend, 'MCP servers.'),
    ai: required(aiBackend, 'LLM providers.'),
    aws: required(awsBackend, 'An AWS service.'),
    routeGroup: required(name, 'A group of routes to go on with.'),
    invalid: required(nullOnly, 'Nothing: every request fails.'),
  },
  {
    weight: defaulted(integer(0), 1, 'Share of the traffic.'),
    policies: optional(backendPolicies, 'Policies of the requests to it.'),
  },
);

/** The kinds of {@link TcpRouteBackend}. */
interface TcpRouteBackendKinds {
  readonly service: ServiceRef;
  readonly host: string;
  readonly dynamic: DynamicBackend;
  readonly backend: string;
}

/** What every {@link TcpRouteBackend} may have. */
interface TcpRouteBackendCommon {
  readonly weight: number;
  readonly policies?: TcpBackendPolicies;
}

/** A backend of a TCP route and its share. */
export type TcpRouteBackend = OneOf<TcpRouteBackendKinds, TcpRouteBackendCommon>;

export const tcpRouteBackend: Schema<TcpRouteBackend> = oneOfKeys<TcpRouteBackendKinds, TcpRouteBackendCommon>(
  'TcpRouteBackend',
  'A backend of a TCP route and its share.',
  {
    service: required(serviceRef, 'A service from the services list.'),
    host: required(hostPort, 'A host and port.'),
    dynamic: required(dynamicBackend, 'Where each connection says.'),
    backend: required(name, 'Name of a top-level backend.'),
  },
  {
    weight: defaulted(integer(0), 1, 'Share of the connections.'),
    policies: optional(tcpBackendPolicies, 'Policies of the connections to it.'),
  },
);

/** The kinds of {@link NamedBackend}. */
interface NamedBackendKinds {
  readonly host: string;
  readonly internal: string;
  readonly mcp: McpBackend;
  readonly ai: AiBackend;
  readonly aws: AwsBackend;
}

/** What every {@link NamedBackend} may have. */
interface NamedBackendCommon {
  readonly name: string;
  readonly policies?: BackendPolicies;
}

/** A backend that routes name. */
export type NamedBackend = OneOf<NamedBackendKinds, NamedBackendCommon>;

export const namedBackend: Schema<NamedBackend> = oneOfKeys<NamedBackendKinds, NamedBackendCommon>(
  'NamedBackend',
  'A backend that routes name.',
  {
    host: required(hostPort, 'A host and port.'),
    internal: required(text, 'Re-enters the gateway: `forward`, or a path.'),
    mcp: required(mcpBackend, 'MCP servers.'),
    ai: required(aiBackend, 'LLM providers.'),
    aws: required(awsBackend, 'An AWS service.'),
  },
  {
    name: required(name, 'Name of the backend.'),
    policies: optional(backendPolicies, 'Policies of the requests to it.'),
  },
);
