import type { A2aRecord } from '../../a2a/record.ts';
import type { CompiledBackend } from '../backends/backend.ts';

/**
 * The variable `a2a` of expressions: what is known of a request to an agent, and of its answer; what is not is absent.
 * Undefined for a request of which nobody can tell for certain what it asks for.
 *
 * @param backend Null while none is chosen.
 */
export function a2aAttributes(record: A2aRecord, backend: CompiledBackend | null): unknown {
  const { request, resultKind, taskState, contextId } = record;
  if (request.kind === 'unreadable') return undefined;
  const { method, binding, version, streaming, tenant, taskId, messageId, role } = request;
  const agent = backend?.routePolicies?.a2a?.agent ?? record.agent;
  const known = { agent, tenant, taskId, contextId, messageId, role, resultKind, taskState };
  return {
    method,
    binding,
    version,
    streaming,
    ...Object.fromEntries(Object.entries(known).filter(([, text]) => text !== '')),
  };
}
