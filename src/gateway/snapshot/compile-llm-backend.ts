import { compileCel } from '../../expr/cel/program.ts';
import { contexts } from '../../expr/variables.ts';
import type { Backend } from '../../model/backend.ts';
import type { BackendPolicySpecs } from '../../model/policy.ts';
import { Expressions } from '../attributes/expressions.ts';
import { compileAuthorization } from '../authorization/place-authorization.ts';
import type { CompiledBackend } from '../backends/backend.ts';
import { providerLevels } from '../backends/llm/credentials.ts';
import { createLlmBackend } from '../backends/llm/llm-backend.ts';
import { providerHealth } from '../backends/llm/provider-health.ts';
import { llmMemory } from '../llm-memory.ts';
import { relay } from '../upstream/relay.ts';
import type { Compilation } from './compile-ports.ts';
import type { UpstreamScope } from './compile-upstream.ts';

/**
 * Compiles a backend of models.
 *
 * @param levels Its policies, the least specific first.
 * @param scope Where its upstreams are opened.
 */
export function compileLlmBackend(
  key: string,
  backend: Extract<Backend, { readonly kind: 'ai' | 'llm' }>,
  levels: readonly BackendPolicySpecs[],
  scope: UpstreamScope,
  { ports, functions }: Compilation,
): CompiledBackend {
  const { log, metrics } = ports;
  const expressions = new Expressions(functions);
  // A credential of the route or of this use keeps the client's here like one of the backend's own.
  const policies: BackendPolicySpecs = Object.assign({}, ...levels);
  return createLlmBackend(
    key,
    { ...backend, policies },
    {
      member: (source) => expressions.member(source),
      upstream: (provider) =>
        provider.address === undefined
          ? null
          : scope.open(provider.address, providerLevels(provider, levels), provider.policies.transformations),
      keys: ports.mcp.sessionPorts.keys,
      memory: llmMemory(ports),
      health: (provider) => providerHealth(provider, ports),
      condition: (source, place) => {
        const program = compileCel(source, contexts[place], { customFunctions: functions });
        return (variables) => program.evaluateBool(variables);
      },
      text: (source) => {
        const of = expressions.text(source, 'request');
        return (x) => of(x.attributes());
      },
      authorization: (spec, place) => compileAuthorization(spec, { log, metrics, expressions, place }),
      relay,
    },
  );
}
