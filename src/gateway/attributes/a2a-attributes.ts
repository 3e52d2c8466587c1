import type { A2aRecord } from '../../a2a/record.ts';

/**
 * The variable `a2a` of expressions: what is known of a request to an agent, and of its answer; what is not is absent.
 * Undefined for a request of which nobody can tell for certain what it asks for.
 */
export function a2aAttributes({ agent, request, resultKind, taskState, contextId }: A2aRecord): unknown {
  if (request.kind === 'unreadable') return undefined;
  const { method, binding, version, streaming, tenant, taskId, messageId, role } = request;
  const known = { agent, tenant, taskId, contextId, messageId, role, resultKind, taskState };
  return {
    method,
    binding,
    version,
    streaming,
    ...Object.fromEntries(Object.entries(known).filter(([, text]) => text !== '')),
  };
}
