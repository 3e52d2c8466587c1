import type { Exchange } from '../../exchange.ts';

/** Whose MCP sessions an exchange may use and begin: who the client has proved to be, '' for anybody. */
export function principalOf(x: Exchange): string {
  return x.principal?.id ?? '';
}
