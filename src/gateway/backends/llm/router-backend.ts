import { gatewayErrorBody } from '../../../llm/formats/refusal.ts';
import { modelNotFound } from '../../../llm/router/model-not-found.ts';
import { ModelRouter } from '../../../llm/router/model-router.ts';
import { readLlmBody } from '../../../llm/request/body.ts';
import { isFormat } from '../../../llm/request/operation.ts';
import { invalidBody, methodError, missingModel, unknownOperation } from '../../../llm/request/plan.ts';
import { llmRouteTypeOf } from '../../../llm/request/route-type.ts';
import type { LlmModel, LlmRouterBackend } from '../../../model/llm.ts';
import type { BackendPolicySpecs, HeaderModifierSpec } from '../../../model/policy.ts';
import { ExchangeAttributes } from '../../attributes/exchange-attributes.ts';
import type { Exchange } from '../../exchange.ts';
import { compileValueMatch } from '../../match/value-match.ts';
import { compileAttempt, type Attempt } from './attempt.ts';
import { refuse } from './local-answer.ts';
import { compileOperations } from './operations/operations.ts';
import type { LlmPorts } from './ports.ts';
import { readBody, serve } from './serve.ts';

interface Served {
  readonly model: LlmModel;
  readonly attempt: Attempt;
}

/** Compiles the `llm` section: the model that a request names decides who answers. */
export function compileRouter(spec: LlmRouterBackend, ports: LlmPorts): (x: Exchange) => void | Promise<void> {
  const router = new ModelRouter<Served>(
    spec.models,
    (model) => compileModel(model, spec.policies, ports),
    compileValueMatch,
  );
  const operationOf = compileOperations({
    ports,
    models: { all: spec.models, find: (name, headers) => router.find(name, headers, false)?.model ?? null },
    typeOf: llmRouteTypeOf,
    byModel(name, headers) {
      const served = router.find(name, headers, false);
      return served === null ? null : { attempts: [served.attempt], modelFor: () => modelToSend(served.model, name) };
    },
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
    const bytes = await readBody(x, type);
    if (bytes === null) return;
    if (bytes.length === 0 && !isFormat(type)) return refuse(x, type, unknownOperation(method, path));
    const body = readLlmBody(bytes);
    if (typeof body === 'string') return refuse(x, type, invalidBody(body));
    const name = body.model;
    if (name === null || name === '') return refuse(x, type, missingModel());
    const served = router.find(name, headers, false);
    if (served === null) return refuse(x, type, modelNotFound(name));
    serve(
      x,
      { type, path, query, body, bytes, attributes: new ExchangeAttributes(x) },
      [served.attempt],
      () => modelToSend(served.model, name),
      ports,
    );
  }

  return (x) => {
    const operation = operationOf(x);
    return operation === null ? ask(x) : operation(x);
  };
}

/** The model's own name for the provider, else the client's without the prefix that only routes it. */
function modelToSend({ provider, stripPrefix }: LlmModel, name: string): string {
  if (provider.model !== undefined) return provider.model;
  return stripPrefix !== undefined && name.startsWith(stripPrefix) ? name.slice(stripPrefix.length) : name;
}

function compileModel(model: LlmModel, inherited: BackendPolicySpecs, ports: LlmPorts): Served {
  const { provider } = model;
  const request = joined(provider.policies.requestHeaderModifier, model.requestHeaders);
  const response = joined(provider.policies.responseHeaderModifier, model.responseHeaders);
  const policies = {
    ...provider.policies,
    ...(request === undefined ? {} : { requestHeaderModifier: request }),
    ...(response === undefined ? {} : { responseHeaderModifier: response }),
  };
  return { model, attempt: compileAttempt({ ...provider, policies }, inherited, model, ports) };
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
