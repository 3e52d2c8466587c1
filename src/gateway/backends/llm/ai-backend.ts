import { gatewayErrorBody } from '../../../llm/formats/refusal.ts';
import { errorReply } from '../../../llm/answer.ts';
import { readLlmBody } from '../../../llm/request/body.ts';
import { isFormat } from '../../../llm/request/operation.ts';
import { invalidBody, methodError, missingModel } from '../../../llm/request/plan.ts';
import { betasOf } from '../../../llm/request/betas.ts';
import { requestLine } from '../../../llm/request/request-line.ts';
import { compileRouteTypes } from '../../../llm/request/route-type.ts';
import { compileAliases } from '../../../llm/router/aliases.ts';
import { inOrder, inOrderOf } from '../../../llm/router/balancer.ts';
import type { AiBackend, LlmProvider } from '../../../model/llm.ts';
import { mergeAiSettings } from '../../../model/llm-settings.ts';
import { hashText } from '../../../net/balance/hash.ts';
import { ExchangeAttributes } from '../../attributes/exchange-attributes.ts';
import type { Exchange } from '../../exchange.ts';
import { compileAttempt, type Attempt } from './attempt.ts';
import { authorizeModel } from './authorize-model.ts';
import { answer, refuse } from './local-answer.ts';
import { compileOperations } from './operations/operations.ts';
import { checkModelGrant } from './model-grant.ts';
import type { LlmPorts } from './ports.ts';
import { balanced, withHealth } from './provider-health.ts';
import { readBody, serve } from './serve.ts';

/** Compiles an `ai` backend: the route chose it, so the model's name only has to be there. */
export function compileAi(spec: AiBackend, ports: LlmPorts): (x: Exchange) => void | Promise<void> {
  const typeOf = compileRouteTypes(spec.routes);
  const alias = compileAliases(spec.modelAliases);
  const several = spec.groups.flat().length > 1;
  const groups = spec.groups.map((group) =>
    group.map((provider) => {
      const settings = provider.requests === undefined ? spec : mergeAiSettings(provider.requests, spec);
      const attempt = compileAttempt(limited(provider, spec.streams), spec.policies, settings, ports);
      return balanced({ attempt: several ? withHealth(attempt, provider, ports) : attempt });
    }),
  );
  const attempts = groups.flat().map(({ attempt }) => attempt);
  const { sessionAffinity } = spec.policies;
  const affinity = sessionAffinity === undefined ? null : ports.text(sessionAffinity.source);
  const inTurn = (x: Exchange): readonly { readonly attempt: Attempt }[] => {
    const key = affinity?.(x);
    return key === undefined ? inOrder(groups) : inOrderOf(groups, hashText(key));
  };
  const candidates = (x: Exchange): readonly Attempt[] =>
    several ? inTurn(x).map(({ attempt }) => attempt) : attempts;

  const operationOf = compileOperations({
    ports,
    name: spec.name,
    models: null,
    typeOf,
    byModel(name, x) {
      checkModelGrant(x, name);
      const aliased = alias(name);
      const route = { attempts: candidates(x), modelFor: ({ provider }: Attempt) => provider.model ?? aliased };
      return authorizeModel(x, typeOf(x.request.path), name, route);
    },
    attempts,
    names: new Map(),
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
    const sent = await readBody(x, type, ports);
    if (sent === null) return;
    const { bytes, held } = sent;
    const read = readLlmBody(bytes);
    // What the gateway does not have to understand may be anything.
    if (typeof read === 'string' && isFormat(type)) return refuse(x, type, invalidBody(read));
    const body = typeof read === 'string' ? null : read;
    const asked = candidates(x);
    const name = requestLine(type, path).model ?? body?.model ?? null;
    if (name === null && isFormat(type) && asked.some((a) => a.provider.model === undefined)) {
      return refuse(x, type, missingModel());
    }
    checkModelGrant(x, name);
    const attributes = new ExchangeAttributes(x);
    const aliased = name === null ? null : alias(name);
    const modelFor = (attempt: Attempt): string | null =>
      isFormat(type) || name !== null ? (attempt.provider.model ?? aliased) : null;
    const ask = { type, path, query, body, bytes, attributes, betas: betasOf(x.request.headers) };
    serve(x, ask, authorizeModel(x, type, name ?? '', { attempts: asked, modelFor }), held, ports);
  }

  return (x) => {
    const operation = operationOf(x);
    return operation === null ? ask(x) : operation(x);
  };
}

/** The provider with the backend's time limits. */
function limited(provider: LlmProvider, limits: AiBackend['streams']): LlmProvider {
  return limits === undefined ? provider : { ...provider, serving: { ...provider.serving, limits } };
}

function modelsNotServed(): ReturnType<typeof errorReply> {
  return errorReply(501, 'not_implemented', 'this route has no list of models');
}
