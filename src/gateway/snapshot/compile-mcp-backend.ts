import type { Backend } from '../../model/backend.ts';
import type { BackendPolicySpecs } from '../../model/policy.ts';
import { Expressions } from '../attributes/expressions.ts';
import type { CompiledBackend } from '../backends/backend.ts';
import { accessRules } from '../backends/mcp/access.ts';
import { createMcpBackend } from '../backends/mcp/mcp-backend.ts';
import { clientCredentials } from '../policies/backend-auth/client-credentials.ts';
import { asHost } from '../upstream/balance/slots.ts';
import { createCall } from '../upstream/call.ts';
import { balancePorts, type Compilation } from './compile-ports.ts';
import type { UpstreamScope } from './compile-upstream.ts';

/**
 * Compiles a backend of MCP servers.
 *
 * @param levels Its policies, the least specific first.
 * @param scope Where its upstreams are opened.
 */
export function compileMcpBackend(
  key: string,
  backend: Extract<Backend, { readonly kind: 'mcp' }>,
  levels: readonly BackendPolicySpecs[],
  scope: UpstreamScope,
  compilation: Compilation,
): CompiledBackend {
  const { ports, model, functions } = compilation;
  const { log, metrics } = ports;
  const expressions = new Expressions(functions);
  return createMcpBackend(key, backend, {
    ...ports.mcp,
    log,
    metrics,
    limit: (name, maximum) => ports.limit(name, maximum),
    sessionTtlMs: model.process.mcpSessionTtlMs,
    call: (target) => {
      const { transformations } = target.policies;
      const all = [...levels, target.policies];
      return createCall(scope.openTarget(asHost(target), all, balancePorts(compilation), transformations));
    },
    passthrough: (target) => clientCredentials(authOf([...levels, target.policies])),
    condition: (source) => {
      const holds = new Expressions(functions).condition(source, 'request');
      return (x) => holds(x.attributes());
    },
    access: accessRules(levels, { log, metrics, expressions, place: key }),
  });
}

/** The credential of an upstream of these levels. */
function authOf(levels: readonly BackendPolicySpecs[]): BackendPolicySpecs['backendAuth'] {
  return levels.findLast(({ backendAuth }) => backendAuth !== undefined)?.backendAuth;
}
