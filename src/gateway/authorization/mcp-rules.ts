import type { Activation } from '../../expr/cel/frame.ts';
import type { McpAccess, McpItem } from '../../mcp/access.ts';
import type { AuthorizationRule } from '../../model/policies/authorization.ts';
import type { Exchange } from '../exchange.ts';
import type { PolicyContext } from '../policies/policy.ts';
import { LeftOut } from './left-out.ts';
import { RuleFailures } from './rule-failures.ts';
import { compileRules, decider } from './rule-set.ts';

const kinds: readonly McpItem['kind'][] = ['tool', 'prompt', 'resource'];

/**
 * `mcpAuthorization`: rules about each tool, prompt and resource, in lists as in calls. A rule that names those of one
 * kind only, such as `mcp.tool.name == "echo"`, is not about the other kinds: a `deny` does not refuse them, an `allow`
 * does not allow them, and a `require` does not hold for them.
 */
export function compileMcpRules(
  rules: readonly AuthorizationRule[],
  { expressions, log, metrics, place }: Pick<PolicyContext, 'expressions' | 'log' | 'metrics' | 'place'>,
): (x: Exchange) => McpAccess {
  const counter = metrics.policyExpressionErrors.with('mcpAuthorization');
  const failures = new RuleFailures(log, counter, 'mcpAuthorization', place);
  const [tool, prompt, resource] = kinds.map((kind) =>
    compileRules(rules, expressions, 'mcp', failures, (references) => isAboutOthers(references, kind)),
  );
  const byKind = { tool, prompt, resource };
  return (x) => ({
    allows(method, item, given) {
      const decision = byKind[item.kind]?.(new ItemAttributes(x, method, item, given));
      if (decision?.allowed === true) return true;
      if (decision !== undefined) x.record.decided('deny', decider(decision));
      return false;
    },
    shows(method, items) {
      const leftOut = new LeftOut();
      const shown = items.map((item) => {
        const decision = byKind[item.kind]?.(new ItemAttributes(x, method, item, undefined));
        if (decision?.allowed === false) leftOut.add(decider(decision));
        return decision?.allowed === true;
      });
      leftOut.note(x, `mcp:${method}`, items.length);
      return shown;
    },
  });
}

/** True where everything of `mcp` that is named belongs to items of other kinds. */
function isAboutOthers(references: ReadonlySet<string>, kind: McpItem['kind']): boolean {
  let others = false;
  for (const path of references) {
    const [root, part = ''] = path.split('.');
    if (root !== 'mcp' || part === 'methodName' || part === 'sessionId') continue;
    if (part === kind || !kinds.some((other) => other === part)) return false;
    others = true;
  }
  return others;
}

/** The attributes of a request with `mcp` being about one item. */
class ItemAttributes implements Activation {
  readonly #x: Exchange;
  readonly #mcp: unknown;

  constructor(x: Exchange, methodName: string, { kind, target, name }: McpItem, given: unknown) {
    this.#x = x;
    const sessionId = x.record.mcp?.sessionId ?? '';
    this.#mcp = {
      methodName,
      ...(sessionId === '' ? {} : { sessionId }),
      [kind]: { target, name, ...(given === undefined ? {} : { arguments: given }) },
    };
  }

  get(root: string): unknown {
    return root === 'mcp' ? this.#mcp : this.#x.attributes().get(root);
  }
}
