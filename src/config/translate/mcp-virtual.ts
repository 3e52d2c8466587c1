import type { McpItemRule, McpVirtualServer } from '../../model/mcp.ts';
import type { McpVirtualItem, McpVirtualServer as VirtualConfig } from '../schema/mcp-virtual.ts';
import { report, reportUnknown, type Context, type Path } from './context.ts';

/** Virtual servers over `targets`, the names of a backend's targets. */
export function virtualServers(
  context: Context,
  path: Path,
  config: readonly VirtualConfig[],
  targets: readonly string[],
  maxNameLength: number,
): readonly McpVirtualServer[] {
  const paths = new Set<string>();
  return config.map((server, index) => {
    const at: Path = [...path, index];
    if (paths.has(server.path)) report(context, [...at, 'path'], `two virtual servers have the path ${server.path}`);
    paths.add(server.path);
    const chosen = server.targets?.map((name, i) => {
      const target = targets.indexOf(name);
      if (target === -1) reportUnknown(context, [...at, 'targets', i], 'target', name, targets);
      return target;
    });
    checkNames(context, [...at, 'tools'], server.tools ?? [], maxNameLength);
    checkNames(context, [...at, 'prompts'], server.prompts ?? [], maxNameLength);
    return {
      path: server.path,
      // In the order of the backend, which decides who keeps a bare name.
      targets: chosen?.toSorted((a, b) => a - b) ?? targets.map((_, i) => i),
      ...(server.tools === undefined ? {} : { tools: server.tools.map(itemRule) }),
      ...(server.prompts === undefined ? {} : { prompts: server.prompts.map(itemRule) }),
      ...(server.resources === undefined ? {} : { resources: server.resources.map(itemRule) }),
      search: server.search,
    };
  });
}

function checkNames(
  context: Context,
  path: Path,
  selection: readonly (string | McpVirtualItem)[],
  maxNameLength: number,
): void {
  const seen = new Set<string>();
  for (const [index, entry] of selection.entries()) {
    if (typeof entry === 'string' || entry.name === undefined) continue;
    const at: Path = [...path, index, 'name'];
    if (entry.name.length > maxNameLength) {
      report(context, at, `${entry.name} is longer than maxNameLength, ${maxNameLength}`);
    }
    if (seen.has(entry.name)) report(context, at, `two items have the name ${entry.name}`);
    seen.add(entry.name);
  }
}

function itemRule(entry: string | McpVirtualItem): McpItemRule {
  if (typeof entry === 'string') {
    const exclude = entry.startsWith('!');
    return { match: exclude ? entry.slice(1) : entry, exclude, fixedArguments: new Map(), hiddenArguments: [] };
  }
  const fixed = Object.entries(entry.fixedArguments).map(([name, value]) => [name, JSON.stringify(value)] as const);
  return {
    match: entry.match,
    exclude: false,
    ...(entry.name === undefined ? {} : { name: entry.name }),
    ...(entry.description === undefined ? {} : { description: entry.description }),
    fixedArguments: new Map(fixed),
    hiddenArguments: entry.hiddenArguments,
  };
}
