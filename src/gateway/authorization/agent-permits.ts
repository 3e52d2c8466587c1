import { GatewayError } from '../../base/errors.ts';
import type { A2aRequest, Unreadable } from '../../a2a/classify.ts';
import type { Exchange } from '../exchange.ts';
import { authorize } from './authorize.ts';
import type { Resource } from './authorizer.ts';
import { routeParent } from './http-resource.ts';

/**
 * Asks the policies of the exchange's route whether its client may ask the agent for this; a route without any lets
 * everything pass. Throws `authorizationFailed`, or {@link refusal} where nobody can tell what is asked for.
 */
export function authorizeAgent(x: Exchange, agent: string, request: A2aRequest | Unreadable): void {
  if (x.authorizer === null) return;
  if (request.kind === 'unreadable') throw refusal(request);
  authorize(x, `a2a:${request.method}`, resourceOf(x, agent, request));
}

/** The error of a request that policies cannot be asked about. */
export function refusal({ reason, message }: Unreadable): GatewayError {
  return new GatewayError(reason, message);
}

/** The task that a request names, in its agent; else the agent. */
function resourceOf(x: Exchange, agent: string, request: A2aRequest): Resource {
  const route = routeParent(x);
  const context = { a2a: contextOf(request) };
  const { taskId } = request;
  if (taskId === '') return { type: 'Agent', id: agent, attributes: { name: agent }, parents: [route], context };
  const parents = [{ type: 'Agent', id: agent }, route];
  return { type: 'Task', id: `${agent}/${taskId}`, attributes: { id: taskId }, parents, context };
}

function contextOf({ method, binding, version, streaming, ...request }: A2aRequest): Readonly<Record<string, unknown>> {
  const { tenant, taskId, contextId, messageId, role } = request;
  const names = Object.entries({ tenant, taskId, contextId, messageId, role }).filter(([, text]) => text !== '');
  return { method, binding, version, streaming, ...Object.fromEntries(names) };
}
