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
import { answer } from '../local-answer.ts';
import { compileModelSight, namedModel } from '../model-sight.ts';
import type { Operation, OperationHost } from './host.ts';

/** Answers `GET …/models` and `GET …/models/{id}` from configuration, in the shape that the client's API has. */
export function compileModelList(host: OperationHost): (x: Exchange) => Operation | null {
  const { models: catalogue } = host;
  if (catalogue === null) return () => null;
  const listed = listedModels(catalogue.all);
  // Their age is that of the configuration.
  const created = Math.floor(wallMs() / 1000);

  const entriesOf = (of: string): readonly LlmModel[] =>
    catalogue.all.filter(({ name, visibility }) => name === of && visibility === 'public');
  const shown = listed.map(({ id }) => namedModel(id, entriesOf(id)));
  const sees = compileModelSight(catalogue.all, host.ports);

  const reply = (x: Exchange, id: string): LlmReply => {
    const { method, path, query, headers } = x.request;
    const parameters = new URLSearchParams(query);
    const shape = modelListShape(path, parameters, headers);
    const made = (): LlmReply => {
      if (method !== 'GET' && method !== 'HEAD') return methodNotAllowed(method, 'GET, HEAD');
      if (id === '') {
        const seen = sees(x, shown);
        return shape.list(seen === null ? listed : listed.filter((_, i) => seen[i]), parameters, created);
      }
      const model = catalogue.find(id, headers);
      if (model === null || sees(x, [namedModel(id, entriesOf(model.name))])?.[0] === false) return modelNotFound(id);
      return shape.one(listedModel(id, model), created);
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
