import { pathModel, withPathModel } from '../../../../llm/operations/passthrough/path-model.ts';
import { BodyDraft } from '../../../../llm/request/draft.ts';
import { ExchangeAttributes } from '../../../attributes/exchange-attributes.ts';
import type { Exchange } from '../../../exchange.ts';
import type { Attempt } from '../attempt.ts';
import type { OperationRoute } from './host.ts';

/** The path of a request whose model stands there, with the one that its provider knows. */
export function sentPath(x: Exchange, { attempts, modelFor }: OperationRoute): string {
  const { path } = x.request;
  const name = pathModel(path);
  const [attempt] = attempts;
  if (name === null || attempt === undefined) return path;
  return withPathModel(path, sentModel(x, attempt, modelFor(attempt) ?? name));
}

/** The model as configuration names it for a provider, for requests that have it elsewhere than in a JSON body. */
export function sentModel(x: Exchange, { provider, alias, steps }: Attempt, model: string): string {
  const aliased = provider.model === undefined ? alias(model) : model;
  const draft = new BodyDraft({ model: aliased }, null);
  steps.prepareModel(draft, new ExchangeAttributes(x));
  const name = draft.get('model');
  return typeof name === 'string' ? name : aliased;
}
