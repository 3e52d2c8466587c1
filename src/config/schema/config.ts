/** The whole configuration file. */

import { namedBackend, type NamedBackend } from './backends.ts';
import { frontendPolicies, type FrontendPolicies } from './frontend.ts';
import { listOf, mapOf } from './kit/collection.ts';
import { optional, defaulted, defaultedOrNull } from './kit/field.ts';
import type { Schema } from './kit/node.ts';
import { object } from './kit/object.ts';
import { bind, gateway, type Bind, type Gateway } from './listeners.ts';
import { llm, type Llm } from './llm.ts';
import { uiSection, mcpSection, type UiSection, type McpSection } from './mcp.ts';
import { targetedPolicy, type TargetedPolicy } from './policies.ts';
import { processConfig, type ProcessConfig } from './process.ts';
import {
  routeGroup,
  attachedRoute,
  attachedTcpRoute,
  type RouteGroup,
  type AttachedRoute,
  type AttachedTcpRoute,
} from './routes.ts';
import { service, workload, type Service, type Workload } from './services.ts';

/** A configuration file. */
export interface LocalConfig {
  readonly config: ProcessConfig;
  readonly binds: readonly Bind[];
  readonly frontendPolicies: FrontendPolicies;
  readonly policies: readonly TargetedPolicy[];
  readonly workloads: readonly Workload[];
  readonly services: readonly Service[];
  readonly backends: readonly NamedBackend[];
  readonly routeGroups: readonly RouteGroup[];
  readonly gateways: Readonly<Record<string, Gateway>>;
  readonly routes: readonly AttachedRoute[];
  readonly tcpRoutes: readonly AttachedTcpRoute[];
  readonly llm?: Llm;
  readonly mcp?: McpSection;
  readonly ui?: UiSection;
}

export const localConfig: Schema<LocalConfig> = object<LocalConfig>('LocalConfig', 'A configuration file.', {
  config: defaultedOrNull(processConfig, {}, 'Settings of the process, read at start.'),
  binds: defaulted(listOf(bind), [], 'Ports and their listeners (older form; gateways and routes are the newer).'),
  frontendPolicies: defaulted(frontendPolicies, {}, 'Policies of all connections.'),
  policies: defaulted(listOf(targetedPolicy), [], 'Policies attached to named things.'),
  workloads: defaulted(listOf(workload), [], 'Workloads of static discovery.'),
  services: defaulted(listOf(service), [], 'Services of static discovery.'),
  backends: defaulted(listOf(namedBackend), [], 'Backends that routes name.'),
  routeGroups: defaulted(listOf(routeGroup), [], 'Routes that other routes hand over to.'),
  gateways: defaulted(mapOf(gateway), {}, 'Where Waygate listens, by name.'),
  routes: defaulted(listOf(attachedRoute), [], 'HTTP routes.'),
  tcpRoutes: defaulted(listOf(attachedTcpRoute), [], 'TCP routes.'),
  llm: optional(llm, 'LLM providers and models behind one endpoint.'),
  mcp: optional(mcpSection, 'MCP servers behind one endpoint.'),
  ui: optional(uiSection, 'The admin UI on a gateway.'),
});
