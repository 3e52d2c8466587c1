import type { BeyondRow } from './beyond.ts';

const modeRow = (kind: string, values: string): BeyondRow => ({
  path: `routes[].policies.${kind}.mode`,
  type: values,
  initial: 'strict',
  meaning:
    'The key is agentgateway’s; its default there is optional, which lets requests without a credential pass. Wherever the policy may stand.',
});

/** What authentication has beyond agentgateway. */
export const authRows: readonly BeyondRow[] = [
  modeRow('jwtAuth', 'strict | optional | permissive'),
  modeRow('apiKey', 'strict | optional | permissive'),
  modeRow('basicAuth', 'strict | optional'),
  {
    path: 'routes[].policies.jwtAuth.jwtValidationOptions.leeway',
    type: 'duration',
    initial: '60s',
    meaning:
      'How far the clocks of the gateway and of the issuer may differ; for mcpAuthentication and providers, too.',
  },
  {
    path: 'routes[].policies.apiKey.keys[].expires',
    type: 'date or time',
    initial: 'never',
    meaning: 'When the key stops being good: a date (its beginning in UTC), or a time of RFC 3339.',
  },
  {
    path: 'routes[].policies.introspection',
    type: 'object',
    initial: 'none',
    meaning:
      'Asks an authorization server about each token (RFC 7662): url, clientId, clientSecret, and what must be true of the answer. Of gateways, listeners and the llm section, too.',
  },
  {
    path: 'routes[].policies.mcpAuthentication.provider',
    type: 'object',
    initial: 'none',
    meaning:
      'The key is agentgateway’s, which always stands in the provider’s place. A keycloak, descope or authentik that names itself in its answers (RFC 9207) is what clients are sent to, because newer ones refuse such answers from anybody else.',
  },
  {
    path: 'routes[].policies.mcpAuthentication.requiredScopes',
    type: 'list of objects',
    initial: 'none',
    meaning:
      'Scopes that a token must have for some tools, prompts and resources (patterns with *), or for every request. A client whose token has not all of them is told which to ask for (403, insufficient_scope). Of the mcp section, too.',
  },
  {
    path: 'routes[].policies.mcpAuthentication.impliedScopes',
    type: 'map of lists',
    initial: 'none',
    meaning: 'By scope, the scopes that a token with it has, too: admin: [read, write].',
  },
  {
    path: 'llm.policies.apiKey.location',
    type: 'object',
    initial: 'wherever LLM clients put keys',
    meaning:
      'The key is agentgateway’s; its default there is Authorization alone. In the llm section a key, or a token of jwtAuth, is taken from Authorization, x-api-key, x-goog-api-key, api-key or the query parameter key unless the file says where.',
  },
];
