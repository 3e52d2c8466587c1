import type { McpRecord } from '../../mcp/record.ts';

/** The variable `mcp` of expressions (agentgateway §7): what is known of an MCP request; what is not is absent. */
export function mcpAttributes(record: McpRecord): unknown {
  const { methodName, sessionId, resourceType, target, resourceName: name } = record;
  return {
    ...(methodName === '' ? {} : { methodName }),
    ...(sessionId === '' ? {} : { sessionId }),
    ...(resourceType === '' ? {} : { [resourceType]: { target, name, ...(resourceType === 'tool' && call(record)) } }),
  };
}

/** What a tool was called with, and what came of it. */
function call({ request, reply }: McpRecord): object {
  const given = request?.params?.['arguments'];
  return {
    ...(given === undefined ? {} : { arguments: given }),
    ...(reply?.kind === 'result' ? { result: reply.outcome } : {}),
    ...(reply?.kind === 'error' ? { error: reply.outcome } : {}),
  };
}
