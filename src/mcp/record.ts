/** What the access log and metrics say of one MCP request; filled while it is handled. */
export interface McpRecord {
  /** JSON-RPC method; '' for GET, DELETE and what could not be read. */
  methodName: string;
  /** Name of the target that served it, or '' when none or several did. */
  target: string;
  resourceType: '' | 'tool' | 'prompt' | 'resource';
  /** Tool or prompt name, or resource URI, as the target knows it. */
  resourceName: string;
  /** '' without a session. */
  sessionId: string;
  /** JSON-RPC error code of the answer. */
  errorCode?: number;
  errorMessage?: string;
  /** The limit that refused or ended it. */
  limit?: string;
}

/** A record in which nothing is known yet. */
export function newMcpRecord(): McpRecord {
  return { methodName: '', target: '', resourceType: '', resourceName: '', sessionId: '' };
}
