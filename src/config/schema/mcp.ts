/** The mcp and ui sections. */

import { basicAuth, apiKeys, jwtAuth, type BasicAuth, type ApiKeys, type JwtAuth } from './auth.ts';
import { ruleSet, type RuleSet } from './common.ts';
import { extAuthzPolicy, type ExtAuthzPolicy } from './ext.ts';
import { optional, defaulted } from './kit/field.ts';
import type { Schema } from './kit/node.ts';
import { object, merged } from './kit/object.ts';
import { port } from './kit/scalar.ts';
import { mcpBackend, type McpBackend } from './mcp-backend.ts';
import { cors, csrf, type Cors, type Csrf } from './rewrite.ts';
import { oidc, type Oidc } from './oidc.ts';
import { routePolicies, type RoutePolicies } from './route-policies.ts';
import { gatewayRefs, type GatewayRefs } from './routes.ts';

/** What the mcp section has beside an MCP backend's fields. */
interface McpSectionFields {
  readonly gateways: GatewayRefs;
  readonly port?: number;
  readonly policies?: RoutePolicies;
}

const mcpSectionFields: Schema<McpSectionFields> = object<McpSectionFields>(
  'McpSectionFields',
  "What the mcp section has beside an MCP backend's fields.",
  {
    gateways: defaulted(gatewayRefs, [], 'Gateways that it belongs to, as name or name/listener.'),
    port: optional(port, 'Port to listen on when there are no gateways; 3000 when absent.'),
    policies: optional(routePolicies, 'Policies of the section.'),
  },
);

/** MCP servers behind one endpoint. */
export type McpSection = McpBackend & McpSectionFields;

export const mcpSection: Schema<McpSection> = merged<McpSectionFields, McpBackend>(
  'McpSection',
  'MCP servers behind one endpoint.',
  mcpSectionFields,
  mcpBackend,
);

/** Policies of the UI. */
interface UiPolicies {
  readonly cors?: Cors;
  readonly oidc?: Oidc;
  readonly jwtAuth?: JwtAuth;
  readonly authorization?: RuleSet;
  readonly extAuthz?: ExtAuthzPolicy;
  readonly basicAuth?: BasicAuth;
  readonly apiKey?: ApiKeys;
  readonly csrf?: Csrf;
}

const uiPolicies: Schema<UiPolicies> = object<UiPolicies>('UiPolicies', 'Policies of the UI.', {
  cors: optional(cors, 'Cross-origin requests from browsers.'),
  oidc: optional(oidc, 'Browser sign-in with OpenID Connect.'),
  jwtAuth: optional(jwtAuth, 'Clients prove who they are with a JWT.'),
  authorization: optional(ruleSet, 'Authorization rules.'),
  extAuthz: optional(extAuthzPolicy, 'Asks a service whether a request may go on.'),
  basicAuth: optional(basicAuth, 'Clients prove who they are with a password.'),
  apiKey: optional(apiKeys, 'Clients prove who they are with a key.'),
  csrf: optional(csrf, 'Refuses cross-site requests that change state.'),
});

/** The admin UI on a gateway. */
export interface UiSection {
  readonly gateways: GatewayRefs;
  readonly policies?: UiPolicies;
}

export const uiSection: Schema<UiSection> = object<UiSection>('UiSection', 'The admin UI on a gateway.', {
  gateways: defaulted(gatewayRefs, [], 'Gateways that it belongs to, as name or name/listener.'),
  policies: optional(uiPolicies, 'Policies of the UI.'),
});
