import type { ForwardRule } from '../../../mcp/federation/scopes/forwarding.ts';
import type { McpHttpTarget } from '../../../model/mcp.ts';
import type { CredentialLocation } from '../../../model/policy.ts';

/** What a target gets of its clients' header fields; null: nothing. */
export function forwardRule(target: McpHttpTarget, credentials: readonly CredentialLocation[]): ForwardRule | null {
  const fields = [...target.forwardHeaders];
  const cookies: string[] = [];
  for (const credential of credentials) {
    if (credential.kind === 'header') fields.push(credential.name);
    else if (credential.kind === 'cookie') cookies.push(credential.name);
  }
  return fields.length + cookies.length === 0 ? null : { fields, cookies };
}
