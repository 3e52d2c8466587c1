import type { BeyondRow } from './beyond.ts';

const at = 'routes[].policies.oidc';

/** What browser sign-in has beyond agentgateway; the same holds for gateways, listeners and the sections. */
export const oidcRows: readonly BeyondRow[] = [
  {
    path: `${at}.logoutPath`,
    type: 'path',
    initial: 'no path',
    meaning: 'Path that ends the session of a browser, here and at the provider (RP-initiated logout).',
  },
  {
    path: `${at}.postLogoutRedirectURI`,
    type: 'URL',
    initial: 'a page that says so',
    meaning: 'Where the browser goes after that; the provider must know it.',
  },
  {
    path: `${at}.endSessionEndpoint`,
    type: 'URL',
    initial: 'as the metadata says',
    meaning: 'The provider’s endpoint for ending sessions.',
  },
  {
    path: `${at}.sessionTtl`,
    type: 'duration',
    initial: '12h',
    meaning: 'How long after signing in a session ends, however often its tokens were renewed with the refresh token.',
  },
];
