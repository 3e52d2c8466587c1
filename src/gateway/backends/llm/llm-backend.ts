import type { AiBackend, LlmRouterBackend } from '../../../model/llm.ts';
import { gatewayErrorBody } from '../../../llm/formats/refusal.ts';
import { compileRouteTypes, llmRouteTypeOf } from '../../../llm/request/route-type.ts';
import type { CompiledBackend } from '../backend.ts';
import { keepCredential, usesClientToken } from '../../policies/backend-auth/client-credentials.ts';
import { compileAi } from './ai-backend.ts';
import type { LlmPorts } from './ports.ts';
import { compileRouter } from './router-backend.ts';

/** Compiles an `ai` or `llm` backend. Throws RegexError for a bad header pattern of a model. */
export function createLlmBackend(key: string, spec: AiBackend | LlmRouterBackend, ports: LlmPorts): CompiledBackend {
  const typeOf = spec.kind === 'ai' ? compileRouteTypes(spec.routes) : llmRouteTypeOf;
  const handle = spec.kind === 'ai' ? compileAi(spec, ports) : compileRouter(spec, ports);
  return {
    key,
    name: spec.name,
    protocol: 'llm',
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
