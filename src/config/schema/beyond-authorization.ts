import type { BeyondRow } from './beyond.ts';

/** What authorization has beyond agentgateway. */
export const authorizationRows: readonly BeyondRow[] = [
  {
    path: 'routes[].policies.authorization.cedar',
    type: 'object',
    initial: 'none',
    meaning:
      'Cedar policies: policies, schema, entities, groupClaims, roleClaims. Beside the rules, and both must allow. Of gateways, listeners, backends, the providers of ai backends, the llm section and its models, too.',
  },
];
