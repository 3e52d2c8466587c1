import type { McpAccess, McpItem } from '../../mcp/access.ts';
import type { Exchange } from '../exchange.ts';
import { noteDecision, permits } from './authorize.ts';
import type { Resource } from './authorizer.ts';
import { routeParent } from './http-resource.ts';

type Access = (x: Exchange) => McpAccess;

/** What rules let a client see and use, as far as the policies of its route permit it, too. */
export function withPermits(rules: Access | null): Access {
  return (x) => {
    const byRules = rules?.(x) ?? null;
    return {
      allows: (method, item, given) =>
        byRules?.allows(method, item, given) !== false && isPermitted(x, method, item, given),
    };
  };
}

/** Lists leave out what is not permitted without a word. */
function isPermitted(x: Exchange, method: string, item: McpItem, given: unknown): boolean {
  const { authorizer } = x;
  if (authorizer === null) return true;
  const action = `mcp:${method}`;
  const resource = itemResource(x, method, item, given);
  if (method.endsWith('/list')) return permits(x, action, resource);
  const answer = authorizer.decide(x, action, resource);
  noteDecision(x, action, answer);
  return answer.allowed;
}

const types: Readonly<Record<McpItem['kind'], string>> = { tool: 'Tool', prompt: 'Prompt', resource: 'Resource' };

function itemResource(x: Exchange, methodName: string, { kind, target, name }: McpItem, given: unknown): Resource {
  const tool = { name, target, ...(given === undefined ? {} : { arguments: given }) };
  return {
    type: types[kind],
    id: `${target}/${name}`,
    attributes: { [kind === 'resource' ? 'uri' : 'name']: name, target },
    parents: [{ type: 'Server', id: target }, routeParent(x)],
    context: { mcp: { methodName, ...(kind === 'tool' ? { tool } : {}) } },
  };
}
