import type { Exchange } from '../../exchange.ts';

/**
 * Whose MCP sessions an exchange may use and begin: the identity that the route's policies found, '' for anybody. No
 * policy finds one yet.
 */
export function principalOf(_x: Exchange): string {
  return '';
}
