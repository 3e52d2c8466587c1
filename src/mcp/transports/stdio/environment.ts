import type { McpStdioTarget } from '../../../model/mcp.ts';

/** The environment of a target's process: what its configuration says, over PATH and HOME or everything of ours. */
export function childEnvironment(
  target: Pick<McpStdioTarget, 'env' | 'inheritEnv'>,
  own: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of target.inheritEnv ? Object.keys(own) : ['PATH', 'HOME']) {
    const value = own[name];
    if (value !== undefined) env[name] = value;
  }
  for (const [name, value] of target.env) env[name] = value;
  return env;
}
