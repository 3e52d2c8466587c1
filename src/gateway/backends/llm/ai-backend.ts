import { gatewayErrorBody } from '../../../llm/formats/refusal.ts';
import { errorReply } from '../../../llm/answer.ts';
import { readLlmBody } from '../../../llm/request/body.ts';
import { isFormat } from '../../../llm/request/operation.ts';
import { invalidBody, methodError, missingModel } from '../../../llm/request/plan.ts';
import { compileRouteTypes } from '../../../llm/request/route-type.ts';
import { compileAliases } from '../../../llm/router/aliases.ts';
import { Rotation } from '../../../llm/router/rotation.ts';
import type { AiBackend } from '../../../model/llm.ts';
import { ExchangeAttributes } from '../../attributes/exchange-attributes.ts';
import type { Exchange } from '../../exchange.ts';
import { compileAttempt, type Attempt } from './attempt.ts';
import { answer, refuse } from './local-answer.ts';
import { compileOperations } from './operations/operations.ts';
import type { LlmPorts } from './ports.ts';
import { readBody, serve } from './serve.ts';

/** Compiles an `ai` backend: the route chose it, so the model's name only has to be there. */
export function compileAi(spec: AiBackend, ports: LlmPorts): (x: Exchange) => void | Promise<void> {
  const typeOf = compileRouteTypes(spec.routes);
  const alias = compileAliases(spec.modelAliases);
  const groups = spec.groups.map((group) => group.map((p) => compileAttempt(p, spec.policies, spec, ports)));
  const attempts = groups.flat();
  const providers = new Rotation(groups);

  const operationOf = compileOperations({
    ports,
    models: null,
    typeOf,
    byModel(name) {
      const aliased = alias(name);
      return { attempts: providers.next(), modelFor: ({ provider }) => provider.model ?? aliased };
    },
    entries: () =>
      attempts.map((attempt) => ({
        id: attempt.provider.name,
        matched: false,
        attempts: [attempt],
        modelFor: () => attempt.provider.model ?? null,
      })),
  });

  async function ask(x: Exchange): Promise<void> {
    const { path, query, method } = x.request;
    const type = typeOf(path);
    if (type === 'models') return answer(x, modelsNotServed(), null);
    const refused = methodError(type, method);
    if (refused !== null) return refuse(x, type, refused);
    x.errorBody = gatewayErrorBody(type);
    const bytes = await readBody(x, type);
    if (bytes === null) return;
    const read = readLlmBody(bytes);
    // What the gateway does not have to understand may be anything.
    if (typeof read === 'string' && isFormat(type)) return refuse(x, type, invalidBody(read));
    const body = typeof read === 'string' ? null : read;
    const candidates = providers.next();
    const name = body?.model ?? null;
    if (name === null && isFormat(type) && candidates.some((a) => a.provider.model === undefined)) {
      return refuse(x, type, missingModel());
    }
    const aliased = name === null ? null : alias(name);
    const modelFor = (attempt: Attempt): string | null =>
      isFormat(type) || name !== null ? (attempt.provider.model ?? aliased) : null;
    serve(x, { type, path, query, body, bytes, attributes: new ExchangeAttributes(x) }, candidates, modelFor, ports);
  }

  return (x) => {
    const operation = operationOf(x);
    return operation === null ? ask(x) : operation(x);
  };
}

function modelsNotServed(): ReturnType<typeof errorReply> {
  return errorReply(501, 'not_implemented', 'this route has no list of models');
}
