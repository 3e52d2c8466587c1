import { GatewayError } from '../../base/errors.ts';
import type { Exchange } from '../exchange.ts';
import type { Answer, Resource } from './authorizer.ts';
import { LeftOut } from './left-out.ts';

/**
 * Asks the policies of the exchange's route whether its client may do this; a route without any lets everything pass. The
 * decision is in the log and in traces. Throws `authorizationFailed`.
 */
export function authorize(x: Exchange, action: string, resource: Resource): void {
  const { authorizer } = x;
  x.authorized = true;
  if (authorizer === null) return;
  const answer = authorizer.decide(x, action, resource);
  noteDecision(x, action, answer);
  if (!answer.allowed) throw notAllowed(action, resource);
}

/**
 * Which of the things of a list the client may see, in their order; a route without policies shows all. How many it does
 * not see, and because of what, is in the log and in traces.
 */
export function permitted(x: Exchange, action: string, resources: readonly Resource[]): readonly boolean[] {
  const { authorizer } = x;
  if (authorizer === null) return resources.map(() => true);
  const leftOut = new LeftOut();
  const shown = authorizer.decideAll(x, action, resources).map(({ allowed, by }) => {
    if (!allowed) leftOut.add(by);
    return allowed;
  });
  leftOut.note(x, action, resources.length);
  return shown;
}

/** Puts a decision where people find it. */
export function noteDecision(x: Exchange, action: string, { allowed, by }: Answer): void {
  x.record.decided(allowed ? 'allow' : 'deny', by);
  x.trace?.say('decision', { action, outcome: allowed ? 'allow' : 'deny', by });
}

/** The error of a refused request: it names what was asked for, not what decided. */
export function notAllowed(action: string, { type, id }: Pick<Resource, 'type' | 'id'>): GatewayError {
  const shown = id.length <= 200 ? id : `${id.slice(0, 200)}…`;
  const what = id === '' ? '' : ` on ${type} ${JSON.stringify(shown)}`;
  return new GatewayError('authorizationFailed', `no policy of this route permits ${action}${what} to this client`);
}
