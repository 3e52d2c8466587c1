import { wallMs } from '../../../../base/clock.ts';
import { refusalFor } from '../../../../llm/formats/refusal.ts';
import { modelListShape } from '../../../../llm/operations/model-list/choose-shape.ts';
import { listedModel, listedModels } from '../../../../llm/operations/model-list/listed.ts';
import { methodNotAllowed } from '../../../../llm/request/plan.ts';
import { modelListPath } from '../../../../llm/request/route-type.ts';
import { modelNotFound } from '../../../../llm/router/model-not-found.ts';
import type { LlmReply } from '../../../../llm/answer.ts';
import type { LlmModel } from '../../../../model/llm.ts';
import type { Exchange } from '../../../exchange.ts';
import { mayList } from '../authorize-model.ts';
import { answer } from '../local-answer.ts';
import type { Operation, OperationHost } from './host.ts';

/** Answers `GET …/models` and `GET …/models/{id}` from configuration, in the shape that the client's API has. */
export function compileModelList(host: OperationHost): (x: Exchange) => Operation | null {
  const { models: catalogue } = host;
  if (catalogue === null) return () => null;
  const listed = listedModels(catalogue.all);
  // Their age is that of the configuration.
  const created = Math.floor(wallMs() / 1000);

  const named = new Map(catalogue.all.map((model) => [model.name, model]));
  const rules = new Map(
    catalogue.all.flatMap((model) =>
      model.authorization === undefined ? [] : [[model, host.ports.rules(model.authorization)] as const],
    ),
  );
  const isSeen = (x: Exchange, id: string, model: LlmModel | null | undefined): model is LlmModel =>
    model !== null &&
    model !== undefined &&
    x.models?.(id) !== false &&
    rules.get(model)?.(x).allowed !== false &&
    mayList(x, id, model);

  const reply = (x: Exchange, id: string): LlmReply => {
    const { method, path, query, headers } = x.request;
    const parameters = new URLSearchParams(query);
    const shape = modelListShape(path, parameters, headers);
    const made = (): LlmReply => {
      if (method !== 'GET' && method !== 'HEAD') return methodNotAllowed(method, 'GET, HEAD');
      if (id === '') {
        const isOpen = x.models === null && x.authorizer === null && rules.size === 0;
        return shape.list(
          isOpen ? listed : listed.filter(({ id: name }) => isSeen(x, name, named.get(name))),
          parameters,
          created,
        );
      }
      const model = catalogue.find(id, headers);
      return isSeen(x, id, model) ? shape.one(listedModel(id, model), created) : modelNotFound(id);
    };
    const result = made();
    return result.status === 200 ? result : refusalFor(shape.format, result);
  };

  return (x) => {
    const { path, method } = x.request;
    // Most requests are none of these: what costs least is asked first.
    if (!path.includes('/models')) return null;
    const id = modelListPath(path);
    if (id === undefined || isCall(id, method)) return null;
    return () => answer(x, reply(x, id), null);
  };
}

/** True for `models/{model}:{method}`, which is called; a name with a colon is only looked at. */
function isCall(id: string, method: string): boolean {
  return method === 'POST' && /:[A-Za-z]+$/.test(id);
}
