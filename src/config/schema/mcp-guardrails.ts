/** Services that check MCP messages. */

import { serviceRef, type ServiceRef } from './common.ts';
import { helperPolicies, type HelperPolicies } from './connect.ts';
import { listOf, mapOf, literals } from './kit/collection.ts';
import { required, optional, defaulted } from './kit/field.ts';
import { headerOrPseudo, hostPort } from './kit/net.ts';
import type { Schema } from './kit/node.ts';
import { object, oneOfKeys, type OneOf } from './kit/object.ts';
import { name, cel, type CelText } from './kit/scalar.ts';
import { failureMode, type FailureMode } from './limits.ts';

/** Which messages of a method a service sees. */
type McpPhase = 'off' | 'request' | 'response' | 'full';

const mcpPhase: Schema<McpPhase> = literals('off', 'request', 'response', 'full');

/** Chooses header fields. */
interface HeaderFilter {
  readonly allowed: readonly string[];
  readonly disallowed: readonly string[];
}

const headerFilter: Schema<HeaderFilter> = object<HeaderFilter>('HeaderFilter', 'Chooses header fields.', {
  allowed: defaulted(listOf(headerOrPseudo), [], 'Fields to show.'),
  disallowed: defaulted(listOf(headerOrPseudo), [], 'Fields to hide.'),
});

/** The kinds of {@link McpProcessor}. */
interface McpProcessorKinds {
  readonly service: ServiceRef;
  readonly host: string;
  readonly backend: string;
}

/** What every {@link McpProcessor} may have. */
interface McpProcessorCommon {
  readonly methods: Readonly<Record<string, McpPhase>>;
  readonly kind: 'remote';
  readonly policies?: HelperPolicies;
  readonly failureMode: FailureMode;
  readonly metadata: Readonly<Record<string, CelText>>;
  readonly requestHeaders: HeaderFilter;
}

/** A service that checks MCP messages. */
type McpProcessor = OneOf<McpProcessorKinds, McpProcessorCommon>;

const mcpProcessor: Schema<McpProcessor> = oneOfKeys<McpProcessorKinds, McpProcessorCommon>(
  'McpProcessor',
  'A service that checks MCP messages.',
  {
    service: required(serviceRef, 'From the services list.'),
    host: required(hostPort, 'By host and port.'),
    backend: required(name, 'As a named backend.'),
  },
  {
    methods: defaulted(mapOf(mcpPhase), {}, 'Which messages it sees, by method; wildcards allowed.'),
    kind: required(literals('remote'), 'Kind of service.'),
    policies: optional(helperPolicies, 'Policies of the requests to it.'),
    failureMode: defaulted(failureMode, 'failClosed', 'What happens when it fails.'),
    metadata: defaulted(mapOf(cel), {}, 'Computed facts to send.'),
    requestHeaders: defaulted(headerFilter, {}, 'Headers of the client that it sees.'),
  },
  { open: true },
);

/** Services that check MCP messages. */
export interface McpGuardrails {
  readonly processors: readonly McpProcessor[];
}

export const mcpGuardrails: Schema<McpGuardrails> = object<McpGuardrails>(
  'McpGuardrails',
  'Services that check MCP messages.',
  {
    processors: required(listOf(mcpProcessor), 'The services, in order.'),
  },
);
