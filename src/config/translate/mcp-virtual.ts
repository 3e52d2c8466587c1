import type { McpItemRule, McpVirtualServer } from '../../model/mcp.ts';
import type { McpVirtualItem, McpVirtualResource, McpVirtualServer as VirtualConfig } from '../schema/mcp-virtual.ts';
import { report, reportUnknown, warn, type Context, type Path } from './context.ts';
import { callerCondition } from './expressions.ts';

type Entry = string | McpVirtualItem | McpVirtualResource;

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
    if (server.path.endsWith('/sse')) {
      report(context, [...at, 'path'], 'a path that ends in /sse is the one of clients of the older transport');
    }
    const chosen = chooseTargets(context, [...at, 'targets'], server.targets, targets);
    checkNames(context, [...at, 'tools'], server.tools ?? [], maxNameLength);
    checkNames(context, [...at, 'prompts'], server.prompts ?? [], maxNameLength);
    const rules = (name: 'tools' | 'prompts' | 'resources'): Partial<Record<typeof name, readonly McpItemRule[]>> => {
      const entries = server[name];
      return entries === undefined ? {} : { [name]: itemRules(context, [...at, name], entries) };
    };
    return {
      path: server.path,
      ...(server.instructions === undefined ? {} : { instructions: server.instructions }),
      serverInfo: serverInfo(server.serverInfo),
      // In the order of the backend, which decides who keeps a bare name.
      targets: chosen.toSorted((a, b) => a - b),
      ...rules('tools'),
      ...rules('prompts'),
      ...rules('resources'),
      search: server.search,
    };
  });
}

function serverInfo({ name, title, version }: VirtualConfig['serverInfo']): McpVirtualServer['serverInfo'] {
  return {
    ...(name === undefined ? {} : { name }),
    ...(title === undefined ? {} : { title }),
    ...(version === undefined ? {} : { version }),
  };
}

function chooseTargets(
  context: Context,
  path: Path,
  names: readonly string[] | undefined,
  targets: readonly string[],
): number[] {
  if (names === undefined) return targets.map((_, i) => i);
  return names.map((name, i) => {
    const target = targets.indexOf(name);
    if (target === -1) reportUnknown(context, [...path, i], 'target', name, targets);
    else if (names.indexOf(name) < i) report(context, [...path, i], `${name} is there twice`);
    return target;
  });
}

function checkNames(context: Context, path: Path, selection: readonly Entry[], maxNameLength: number): void {
  const seen = new Map<string, McpVirtualItem>();
  for (const [index, entry] of selection.entries()) {
    if (typeof entry === 'string' || !('name' in entry) || entry.name === undefined) continue;
    const at: Path = [...path, index, 'name'];
    if (entry.name.length > maxNameLength) {
      report(context, at, `${entry.name} is longer than maxNameLength, ${maxNameLength}`);
    }
    const other = seen.get(entry.name);
    // The same item may look otherwise to others.
    if (other !== undefined && other.match !== entry.match)
      report(context, at, `two items have the name ${entry.name}`);
    seen.set(entry.name, entry);
  }
}

function itemRules(context: Context, path: Path, entries: readonly Entry[]): McpItemRule[] {
  const decided = new Set<string>();
  return entries.map((entry, index) => {
    const rule = itemRule(context, [...path, index], entry);
    if (decided.has(rule.match) || decided.has('*')) {
      warn(context, [...path, index], `an entry before it decides about ${rule.match}, so it changes nothing`);
    }
    if (rule.when === undefined) decided.add(rule.match);
    return rule;
  });
}

function itemRule(context: Context, path: Path, entry: Entry): McpItemRule {
  if (typeof entry === 'string') {
    const exclude = entry.startsWith('!');
    return { match: exclude ? entry.slice(1) : entry, exclude, fixedArguments: new Map(), hiddenArguments: [] };
  }
  const { match, when } = entry;
  const common = {
    match,
    exclude: false,
    ...(when === undefined ? {} : { when: callerCondition(context, [...path, 'when'], when, whyNot) }),
  };
  if (!('fixedArguments' in entry)) return { ...common, fixedArguments: new Map(), hiddenArguments: [] };
  const fixed = Object.entries(entry.fixedArguments).map(([name, value]) => [name, JSON.stringify(value)] as const);
  return {
    ...common,
    ...(entry.name === undefined ? {} : { name: entry.name }),
    ...(entry.description === undefined ? {} : { description: entry.description }),
    fixedArguments: new Map(fixed),
    hiddenArguments: entry.hiddenArguments,
  };
}

/** Attributes that say who calls, and stay the same from one request of a client to the next. */
const callerRoots: ReadonlySet<string> = new Set([
  'jwt',
  'apiKey',
  'basicAuth',
  'extauthz',
  'extproc',
  'metadata',
  'proxy',
  'env',
]);
const callerAttributes: ReadonlySet<string> = new Set([
  'source.address',
  'source.rawAddress',
  'source.identity',
  'source.spiffeId',
  'source.subjectAltNames',
  'source.issuer',
  'source.subject',
  'source.subjectCn',
  'source.certificate',
  'source.unverifiedWorkload',
  'destination.address',
  'destination.port',
  'request.host',
  'request.scheme',
]);

/** Why an attribute cannot select items (2026-07-28: lists vary by authorization, not by connection or earlier calls). */
function whyNot(attribute: string): string | undefined {
  const [root = '', member = ''] = attribute.split('.');
  if (callerRoots.has(root) || callerAttributes.has(`${root}.${member}`)) return undefined;
  if (`${root}.${member}` === 'request.headers') {
    return 'request.headers is what clients write, and cannot decide what they see: use jwt, apiKey, basicAuth or source';
  }
  return `${attribute} differs between requests of one client, and cannot decide what it sees: use jwt, apiKey, basicAuth or source`;
}
