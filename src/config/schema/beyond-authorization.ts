import type { BeyondRow } from './beyond.ts';

/** What authorization has beyond agentgateway. */
export const authorizationRows: readonly BeyondRow[] = [
  {
    path: 'routes[].policies.authorization.rules',
    type: 'list of CEL expressions',
    initial: 'none',
    meaning:
      'The key is agentgateway’s, where a rule that fails does not hold. Here a deny that fails refuses; and a rule fails that compares a header field with a text where a request has the field more than once. Of mcpAuthorization and networkAuthorization, too.',
  },
  {
    path: 'routes[].policies.authorization.cedar',
    type: 'object',
    initial: 'none',
    meaning:
      'Cedar policies: policies, schema, entities, groupClaims, roleClaims. Beside the rules, and both must allow. Of gateways, listeners, backends, the providers of ai backends, the llm section and its models, too.',
  },
];
