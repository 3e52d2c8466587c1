import { GatewayError } from '../../base/errors.ts';
import type { Exchange } from '../exchange.ts';
import { noteDecision, notAllowed } from './authorize.ts';
import type { Authorizer } from './authorizer.ts';
import { HttpResources, httpAction } from './http-resource.ts';
import { decider, type Decision } from './rule-set.ts';

/** Refuses what rules do not allow. Throws `authorizationFailed`. @param of What has the rules, as in `this route`. */
export function checkRules(x: Exchange, rules: (x: Exchange) => Decision, of: string): void {
  const decision = rules(x);
  if (decision.allowed) return;
  x.record.decided('deny', decider(decision));
  throw new GatewayError('authorizationFailed', `the authorization rules of ${of} do not allow this request`);
}

/**
 * Refuses what Cedar policies do not allow of a request as HTTP shows it. Where backends know better what is asked for, a
 * model or a tool, they ask for the permit (`later`); what is forbidden already ends here. Throws `authorizationFailed`.
 */
export function compileHttpCheck(authorizer: Authorizer): (x: Exchange, later: boolean) => void {
  const resources = new HttpResources();
  return (x, later) => {
    const action = httpAction(x);
    const resource = resources.of(x);
    const answer = authorizer.decide(x, action, resource);
    if (later && !answer.forbidden) return;
    noteDecision(x, action, answer);
    if (!answer.allowed) throw notAllowed(action, resource);
  };
}
