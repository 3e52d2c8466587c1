import { noteDecision, notAllowed, permits } from '../../authorization/authorize.ts';
import type { Answer, Resource } from '../../authorization/authorizer.ts';
import { routeParent } from '../../authorization/http-resource.ts';
import { operationName } from '../../../llm/request/operation.ts';
import type { LlmModel, LlmRouteType } from '../../../model/llm.ts';
import type { Exchange } from '../../exchange.ts';
import type { Attempt } from './attempt.ts';
import type { ServingRoute } from './serving.ts';

/**
 * Leaves of those who may serve a model the ones that policies let the client ask. Throws `authorizationFailed` where
 * none is left.
 *
 * @param name The model as the client calls it; '' where nothing says it.
 */
export function authorizeModel<R extends ServingRoute>(
  x: Exchange,
  type: LlmRouteType,
  name: string,
  route: R,
): R | ServingRoute {
  const { authorizer } = x;
  if (authorizer === null) return route;
  x.authorized = true;
  const action = actionOf(type);
  const allowed: Attempt[] = [];
  let told: Answer | null = null;
  for (const attempt of route.attempts) {
    const answer = authorizer.decide(x, action, modelResource(x, name, attempt, route.modelFor(attempt)));
    if (told === null || (answer.allowed && !told.allowed)) told = answer;
    if (answer.allowed) allowed.push(attempt);
  }
  if (told !== null) noteDecision(x, action, told);
  if (allowed.length === 0) throw notAllowed(action, { type: 'Model', id: name });
  if (allowed.length === route.attempts.length) return route;
  return { attempts: allowed, modelFor: (attempt) => route.modelFor(attempt) };
}

/** Asks about a request of which nothing tells the model before it goes to a provider. Throws `authorizationFailed`. */
export function authorizeUnknown(x: Exchange, type: LlmRouteType): void {
  const { authorizer } = x;
  if (authorizer === null || x.authorized) return;
  x.authorized = true;
  const action = actionOf(type);
  const resource = modelNamed(x, '', '', '');
  const answer = authorizer.decide(x, action, resource);
  noteDecision(x, action, answer);
  if (!answer.allowed) throw notAllowed(action, resource);
}

/** Whether the client may see a model in the list of models. */
export function mayList(x: Exchange, id: string, { provider }: LlmModel): boolean {
  return x.authorizer === null || permits(x, 'llm:models', modelNamed(x, id, provider.name, provider.model ?? id));
}

function actionOf(type: LlmRouteType): string {
  return `llm:${operationName(type)}`;
}

function modelResource(x: Exchange, name: string, { provider }: Attempt, target: string | null): Resource {
  return modelNamed(x, name, provider.name, target ?? name);
}

function modelNamed(x: Exchange, name: string, provider: string, target: string): Resource {
  const route = routeParent(x);
  const parents = provider === '' ? [route] : [{ type: 'Provider', id: provider }, route];
  return { type: 'Model', id: name, attributes: { name, provider, target }, parents };
}
