import type { McpAccess, McpItem } from '../../mcp/access.ts';
import type { Exchange } from '../exchange.ts';
import { noteDecision, permitted } from './authorize.ts';
import type { Resource } from './authorizer.ts';
import { routeParent } from './http-resource.ts';
import { ListedResources } from './listed-resources.ts';

type Access = (x: Exchange) => McpAccess;

/** What rules let a client see and use, as far as the policies of its route permit it, too. */
export function withPermits(rules: Access | null): Access {
  const resources = new ListedResources<McpItem>(itemResource);
  return (x) => {
    const byRules = rules?.(x) ?? null;
    return {
      allows: (method, item, given) =>
        byRules?.allows(method, item, given) !== false && isPermitted(x, method, item, given),
      shows(method, items) {
        const left = byRules?.shows(method, items) ?? null;
        const asked = left === null ? items : items.filter((_, i) => left[i]);
        const shown = permitted(
          x,
          `mcp:${method}`,
          asked.map((item) => resources.of(x, item, method)),
        );
        if (left === null) return shown;
        let at = 0;
        return left.map((isLeft) => isLeft && shown[at++] === true);
      },
    };
  };
}

function isPermitted(x: Exchange, method: string, item: McpItem, given: unknown): boolean {
  const { authorizer } = x;
  if (authorizer === null) return true;
  const action = `mcp:${method}`;
  const answer = authorizer.decide(x, action, itemResource(x, item, method, given));
  noteDecision(x, action, answer);
  return answer.allowed;
}

const types: Readonly<Record<McpItem['kind'], string>> = { tool: 'Tool', prompt: 'Prompt', resource: 'Resource' };

function itemResource(x: Exchange, { kind, target, name }: McpItem, methodName: string, given?: unknown): Resource {
  const tool = { name, target, ...(given === undefined ? {} : { arguments: given }) };
  return {
    type: types[kind],
    id: `${target}/${name}`,
    attributes: { [kind === 'resource' ? 'uri' : 'name']: name, target },
    parents: [{ type: 'Server', id: target }, routeParent(x)],
    context: { mcp: { methodName, ...(kind === 'tool' ? { tool } : {}) } },
  };
}
