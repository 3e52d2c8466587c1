import { GatewayError } from '../../../base/errors.ts';
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
  const ruled = byRules(x, name, route);
  const { authorizer } = x;
  if (authorizer === null) return ruled;
  x.authorized = true;
  const action = actionOf(type);
  const allowed: Attempt[] = [];
  let told: Answer | null = null;
  for (const attempt of ruled.attempts) {
    const answer = authorizer.decide(x, action, modelResource(x, name, attempt, ruled.modelFor(attempt)));
    if (told === null || (answer.allowed && !told.allowed)) told = answer;
    if (answer.allowed) allowed.push(attempt);
  }
  if (told !== null) noteDecision(x, action, told);
  if (allowed.length === 0) throw notAllowed(action, { type: 'Model', id: name });
  return allowed.length === ruled.attempts.length ? ruled : only(allowed, ruled);
}

/** Those whose own rules let the client use them. */
function byRules<R extends ServingRoute>(x: Exchange, name: string, route: R): R | ServingRoute {
  if (route.attempts.every(({ rules }) => rules === null)) return route;
  let refusal = '';
  const allowed = route.attempts.filter(({ rules }) => {
    const decision = rules?.(x);
    if (decision?.allowed === false) refusal = decision.rule;
    return decision?.allowed !== false;
  });
  if (allowed.length > 0) return only(allowed, route);
  x.record.decided('deny', refusal === '' ? 'no rule allows it' : refusal);
  throw new GatewayError(
    'authorizationFailed',
    `the authorization rules of the model ${JSON.stringify(name.slice(0, 200))} do not allow this request`,
  );
}

function only(attempts: readonly Attempt[], route: ServingRoute): ServingRoute {
  return { attempts, modelFor: (attempt) => route.modelFor(attempt) };
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
