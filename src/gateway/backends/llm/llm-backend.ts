import type { AiBackend, LlmRouterBackend } from '../../../model/llm.ts';
import { gatewayErrorBody } from '../../../llm/formats/refusal.ts';
import { compileRouteTypes, llmRouteTypeOf } from '../../../llm/request/route-type.ts';
import type { CompiledBackend } from '../backend.ts';
import { keepCredential, usesClientToken } from '../../policies/backend-auth/client-credentials.ts';
import { compileAi } from './ai-backend.ts';
import { authorizeUnknown } from './authorize-model.ts';
import type { LlmPorts } from './ports.ts';
import { compileRouter } from './router-backend.ts';

/** Compiles an `ai` or `llm` backend. Throws RegexError for a bad header pattern of a model. */
export function createLlmBackend(key: string, spec: AiBackend | LlmRouterBackend, given: LlmPorts): CompiledBackend {
  const typeOf = spec.kind === 'ai' ? compileRouteTypes(spec.routes) : llmRouteTypeOf;
  const ports: LlmPorts = {
    ...given,
    relay(x, upstream, override, tap) {
      // Whatever was asked for, nothing goes to a provider that no policy has seen.
      authorizeUnknown(x, typeOf(x.request.path));
      given.relay(x, upstream, override, tap);
    },
  };
  const handle = spec.kind === 'ai' ? compileAi(spec, ports) : compileRouter(spec, ports);
  return {
    key,
    name: spec.name,
    protocol: 'llm',
    authorizes: true,
    errorShape: 'openai',
    errorBody: (x) => gatewayErrorBody(typeOf(x.request.path)),
    handle: usesClientToken(spec)
      ? (x) => {
          keepCredential(x);
          return handle(x);
        }
      : handle,
    close: () => undefined,
  };
}
