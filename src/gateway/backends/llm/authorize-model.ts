import { GatewayError } from '../../../base/errors.ts';
import { noteDecision, notAllowed } from '../../authorization/authorize.ts';
import type { Answer, Resource } from '../../authorization/authorizer.ts';
import { routeParent } from '../../authorization/http-resource.ts';
import { joinAnswers } from '../../authorization/joined-authorizer.ts';
import { decider } from '../../authorization/rule-set.ts';
import { operationName } from '../../../llm/request/operation.ts';
import type { LlmRouteType } from '../../../model/llm.ts';
import type { Exchange } from '../../exchange.ts';
import type { Attempt } from './attempt.ts';
import type { ServingRoute } from './serving.ts';

/**
 * Leaves of those who may serve a model the ones that rules and policies let the client ask: those of the route and the
 * backend, and each's own. So it is decided before anybody is asked, and who is refused is nobody to fail over to. Throws
 * `authorizationFailed` where none is left.
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
  if (authorizer === null && route.attempts.every(({ authorization }) => authorization === null)) return route;
  if (authorizer !== null) x.authorized = true;
  const action = actionOf(type);
  const allowed: Attempt[] = [];
  let told: Verdict | null = null;
  for (const attempt of route.attempts) {
    const verdict = verdictOn(x, action, name, attempt, route.modelFor(attempt));
    if (told === null || (isAllowed(verdict) && !isAllowed(told))) told = verdict;
    if (isAllowed(verdict)) allowed.push(attempt);
  }
  if (told?.policies) noteDecision(x, action, told.policies);
  else if (told?.rules) x.record.decided('deny', told.rules);
  if (allowed.length > 0) return allowed.length === route.attempts.length ? route : only(allowed, route);
  if (!told?.rules) throw notAllowed(action, { type: 'Model', id: name });
  throw new GatewayError(
    'authorizationFailed',
    `the authorization rules of the model ${JSON.stringify(name.slice(0, 200))} do not allow this request`,
  );
}

/** Whether the own rules and policies of one who may serve a model let the client ask it. */
export function admits(
  x: Exchange,
  type: LlmRouteType,
  name: string,
  { provider, authorization }: Attempt,
  target: string,
): boolean {
  if (authorization === null) return true;
  if (authorization.rules?.(x).allowed === false) return false;
  return authorization.cedar?.decide(x, actionOf(type), modelNamed(x, name, provider.name, target)).allowed !== false;
}

/** What is said of one who may serve a model. */
interface Verdict {
  /** The rule that refuses it, or ''. */
  readonly rules: string;
  /** What Cedar policies say; null: there are none, or they were not asked. */
  readonly policies: Answer | null;
}

function isAllowed({ rules, policies }: Verdict): boolean {
  return rules === '' && policies?.allowed !== false;
}

function verdictOn(x: Exchange, action: string, name: string, attempt: Attempt, target: string | null): Verdict {
  const { provider, authorization } = attempt;
  const decision = authorization?.rules?.(x);
  if (decision?.allowed === false) return { rules: decider(decision), policies: null };
  const { authorizer } = x;
  const own = authorization?.cedar ?? null;
  if (authorizer === null && own === null) return { rules: '', policies: null };
  const resource = modelNamed(x, name, provider.name, target ?? name);
  const answers = [authorizer, own].flatMap((one) => one?.decide(x, action, resource) ?? []);
  return { rules: '', policies: answers.reduce(joinAnswers) };
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

function actionOf(type: LlmRouteType): string {
  return `llm:${operationName(type)}`;
}

/** A model as policies see it. @param provider '' where nothing tells whose it is. */
export function modelNamed(x: Exchange, name: string, provider: string, target: string): Resource {
  const route = routeParent(x);
  const parents = provider === '' ? [route] : [{ type: 'Provider', id: provider }, route];
  return { type: 'Model', id: name, attributes: { name, provider, target }, parents };
}
