import { gatewayErrorBody } from '../../../llm/formats/refusal.ts';
import { modelNotFound } from '../../../llm/router/model-not-found.ts';
import { ModelRouter } from '../../../llm/router/model-router.ts';
import type { JsonRecord } from '../../../llm/json/parse.ts';
import type { RequestAttributes } from '../../../llm/request/steps.ts';
import { readLlmBody } from '../../../llm/request/body.ts';
import { isFormat } from '../../../llm/request/operation.ts';
import { invalidBody, methodError, missingModel, unknownOperation } from '../../../llm/request/plan.ts';
import { betasOf } from '../../../llm/request/betas.ts';
import { requestLine } from '../../../llm/request/request-line.ts';
import { llmRouteTypeOf } from '../../../llm/request/route-type.ts';
import type { LlmModel, LlmRouterBackend } from '../../../model/llm.ts';
import type { BackendPolicySpecs, HeaderModifierSpec } from '../../../model/policy.ts';
import { ExchangeAttributes } from '../../attributes/exchange-attributes.ts';
import type { Exchange } from '../../exchange.ts';
import { compileValueMatch } from '../../match/value-match.ts';
import { compileAttempt, type Attempt } from './attempt.ts';
import { admits, authorizeModel } from './authorize-model.ts';
import { refuse } from './local-answer.ts';
import { compileOperations } from './operations/operations.ts';
import type { LlmPorts } from './ports.ts';
import { checkModelGrant } from './model-grant.ts';
import { compileModelRoutes, shownVirtualModels, type Prefers, type Served } from './model-routes.ts';
import { withHealth } from './provider-health.ts';
import { readBody, serve } from './serve.ts';

/** Compiles the `llm` section: the model that a request names decides who answers. */
export function compileRouter(spec: LlmRouterBackend, ports: LlmPorts): (x: Exchange) => void | Promise<void> {
  const { virtualModels = [] } = spec;
  const router = new ModelRouter<Served>(
    spec.models,
    (model) => {
      const attempt = compileModel(model, spec.policies, ports);
      return { model, attempt: virtualModels.length === 0 ? attempt : withHealth(attempt, model.provider, ports) };
    },
    compileValueMatch,
  );
  const routeOf = compileModelRoutes(router, virtualModels, ports);
  const ruled = spec.models.some(({ authorization }) => authorization !== undefined);
  const preferred = (x: Exchange, name: string): Prefers =>
    ruled
      ? ({ model, attempt }) => admits(x, llmRouteTypeOf(x.request.path), name, attempt, model.provider.model ?? name)
      : null;
  const shown = shownVirtualModels(spec.models, virtualModels);
  const operationOf = compileOperations({
    ports,
    name: spec.name,
    models: {
      all: [...spec.models, ...shown],
      find: (name, headers) =>
        shown.find((model) => model.name === name) ?? router.find(name, headers, false)?.model ?? null,
    },
    typeOf: llmRouteTypeOf,
    byModel(name, x, json = {}) {
      checkModelGrant(x, name);
      const variables = (): RequestAttributes => variablesOf(new ExchangeAttributes(x), json);
      const found = routeOf(name, x.request.headers, variables, preferred(x, name));
      return found === null ? null : authorizeModel(x, llmRouteTypeOf(x.request.path), name, found);
    },
    attempts: router.values().map(({ attempt }) => attempt),
    names: new Map(router.values().map(({ model, attempt }) => [attempt, model.name])),
    entries: (headers) =>
      router.all(headers).map(({ value: { model, attempt }, matched }) => ({
        id: model.id,
        matched,
        attempts: [attempt],
        modelFor: () => model.provider.model ?? null,
      })),
  });

  async function ask(x: Exchange): Promise<void> {
    const { path, query, method, headers } = x.request;
    const type = llmRouteTypeOf(path);
    const refused = methodError(type, method);
    if (refused !== null) return refuse(x, type, refused);
    x.errorBody = gatewayErrorBody(type);
    const sent = await readBody(x, type, ports);
    if (sent === null) return;
    const { bytes, held } = sent;
    if (bytes.length === 0 && !isFormat(type)) return refuse(x, type, unknownOperation(method, path));
    const body = readLlmBody(bytes);
    if (typeof body === 'string') return refuse(x, type, invalidBody(body));
    const name = requestLine(type, path).model ?? body.model;
    if (name === null || name === '') return refuse(x, type, missingModel());
    checkModelGrant(x, name);
    const attributes = new ExchangeAttributes(x);
    const found = routeOf(name, headers, () => variablesOf(attributes, body.json), preferred(x, name));
    if (found === null) return refuse(x, type, modelNotFound(name));
    const ask = { type, path, query, body, bytes, attributes, betas: betasOf(headers) };
    serve(x, ask, authorizeModel(x, type, name, found), held, ports);
  }

  return (x) => {
    const operation = operationOf(x);
    return operation === null ? ask(x) : operation(x);
  };
}

/** What conditions of virtual models see. */
function variablesOf(attributes: ExchangeAttributes, json: JsonRecord): RequestAttributes {
  return { get: (root) => (root === 'llmRequest' ? json : attributes.get(root)) };
}

function compileModel(model: LlmModel, inherited: BackendPolicySpecs, ports: LlmPorts): Attempt {
  const { provider } = model;
  const request = joined(provider.policies.requestHeaderModifier, model.requestHeaders);
  const response = joined(provider.policies.responseHeaderModifier, model.responseHeaders);
  const policies = {
    ...provider.policies,
    ...(request === undefined ? {} : { requestHeaderModifier: request }),
    ...(response === undefined ? {} : { responseHeaderModifier: response }),
  };
  return compileAttempt({ ...provider, policies }, inherited, model, ports);
}

/** Both, the model's after the provider's. */
function joined(
  first: HeaderModifierSpec | undefined,
  second: HeaderModifierSpec | undefined,
): HeaderModifierSpec | undefined {
  if (first === undefined || second === undefined) return second ?? first;
  return {
    set: new Map([...first.set, ...second.set]),
    add: new Map([...first.add, ...second.add]),
    remove: [...first.remove, ...second.remove],
  };
}
