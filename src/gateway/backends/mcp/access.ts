import type { McpAccess } from '../../../mcp/access.ts';
import type { BackendPolicySpecs } from '../../../model/policy.ts';
import { withPermits } from '../../authorization/mcp-permits.ts';
import { compileMcpRules } from '../../authorization/mcp-rules.ts';
import { McpScopes } from '../../authorization/mcp-scopes.ts';
import type { Exchange } from '../../exchange.ts';
import type { PolicyContext } from '../../policies/policy.ts';

/** What clients of an MCP backend may see and use. */
export interface AccessRules {
  /** What is shown depends on who asks. */
  readonly perCaller: boolean;
  of(x: Exchange): McpAccess;
}

/** What policies of some levels say of the tools, prompts and resources of a backend; undefined: nothing. */
export function accessSpecs(
  levels: readonly BackendPolicySpecs[],
): Pick<BackendPolicySpecs, 'mcpAuthorization' | 'mcpScopes'> | undefined {
  // The most specific level has the rules of all.
  const { mcpAuthorization, mcpScopes }: BackendPolicySpecs = Object.assign({}, ...levels);
  const takesScopes = mcpScopes !== undefined && mcpScopes.required.length > 0;
  if (mcpAuthorization === undefined && !takesScopes) return undefined;
  return { ...(mcpAuthorization === undefined ? {} : { mcpAuthorization }), ...(takesScopes ? { mcpScopes } : {}) };
}

/** Compiles them; null: every client may see and use everything. */
export function accessRules(
  levels: readonly BackendPolicySpecs[],
  context: Pick<PolicyContext, 'expressions' | 'log' | 'metrics' | 'place'>,
): AccessRules | null {
  const { mcpAuthorization, mcpScopes } = accessSpecs(levels) ?? {};
  const rules = mcpAuthorization === undefined ? null : compileMcpRules(mcpAuthorization, context);
  const asksCedar = levels.some(({ cedar }) => cedar === true);
  const shown = rules === null && !asksCedar ? null : withPermits(rules);
  const scopes = mcpScopes === undefined ? null : new McpScopes(mcpScopes);
  if (scopes?.byItem !== true) return shown === null ? null : { perCaller: true, of: shown };
  return {
    perCaller: shown !== null,
    of: (x) => ({ ...(shown?.(x) ?? all), lacks: (item) => scopes.lacked(x, item) }),
  };
}

const all: McpAccess = { showsAll: true, allows: () => true, shows: (_, items) => items.map(() => true) };
