import { isObject, type Params } from '../jsonrpc.ts';
import { mergedExtensions, readExtensions, relayedExtensions, type Extensions } from '../extensions.ts';
import { isKnownRevision, latestHandshakeRevision, modernRevision } from '../versions.ts';

/** Name and version that a peer shows to people. */
export interface Implementation {
  readonly name: string;
  readonly title?: string;
  readonly version: string;
}

/** What a server can do with tasks of 2025-11-25 (tasks, server capabilities). */
export interface CoreTasks {
  readonly list: boolean;
  readonly cancel: boolean;
  /** Calls of tools may become tasks. */
  readonly toolCalls: boolean;
}

/** What one server said of itself in its handshake. */
export interface ServerHello {
  readonly revision: string;
  readonly instructions: string;
  readonly tools: boolean;
  readonly prompts: boolean;
  readonly resources: boolean;
  readonly toolsListChanged: boolean;
  readonly promptsListChanged: boolean;
  readonly resourcesListChanged: boolean;
  readonly subscribe: boolean;
  readonly completions: boolean;
  readonly logging: boolean;
  /** Null without them. */
  readonly coreTasks: CoreTasks | null;
  readonly extensions: Extensions;
}

/** Client capabilities that can be relayed to servers: what comes back of them has a way to the client. */
const relayedCapabilities = ['roots', 'sampling', 'elicitation'];

const EMPTY = '{}'.length;
/** Characters of extensions with their settings; they are in session ids, too. */
const MAX_EXTENSIONS = 300;

/** A client's capabilities as its servers may see them. */
export function relayedClientCapabilities(params: Params | null): Record<string, unknown> {
  const declared = params?.['capabilities'];
  const relayed: Record<string, unknown> = {};
  if (!isObject(declared)) return relayed;
  for (const name of relayedCapabilities) if (isObject(declared[name])) relayed[name] = declared[name];
  const extensions = relayedExtensions(readExtensions(declared), false);
  const size = JSON.stringify(extensions).length;
  if (size > EMPTY && size <= MAX_EXTENSIONS) relayed['extensions'] = extensions;
  return relayed;
}

/** The text of the `initialize` params that every target of a session gets. */
export function initializeParams(capabilities: Record<string, unknown>, clientInfo: Implementation): string {
  return JSON.stringify({ protocolVersion: latestHandshakeRevision, capabilities, clientInfo });
}

/** A server's answer to `initialize`, or the reason why it cannot be worked with. */
export function readServerHello(result: unknown): ServerHello | string {
  if (!isObject(result)) return 'answered initialize without a result';
  const revision = result['protocolVersion'];
  if (!isKnownRevision(revision)) return `speaks protocol version ${JSON.stringify(revision)}, which is not supported`;
  return helloOf(revision, result);
}

/** What a server says of itself in the result of `initialize` or `server/discover`. */
export function helloOf(revision: string, result: Params): ServerHello {
  const declared = result['capabilities'];
  const has = (name: string): Params | null => {
    const value = isObject(declared) ? declared[name] : undefined;
    return isObject(value) ? value : null;
  };
  const tools = has('tools');
  const prompts = has('prompts');
  const resources = has('resources');
  return {
    revision,
    instructions: typeof result['instructions'] === 'string' ? result['instructions'] : '',
    tools: tools !== null,
    prompts: prompts !== null,
    resources: resources !== null,
    toolsListChanged: tools?.['listChanged'] === true,
    promptsListChanged: prompts?.['listChanged'] === true,
    resourcesListChanged: resources?.['listChanged'] === true,
    subscribe: resources?.['subscribe'] === true,
    completions: has('completions') !== null,
    logging: has('logging') !== null,
    coreTasks: revision === latestHandshakeRevision ? readCoreTasks(has('tasks')) : null,
    extensions: readExtensions(declared),
  };
}

function readCoreTasks(tasks: Params | null): CoreTasks | null {
  if (tasks === null) return null;
  const requests = tasks['requests'];
  const tools = isObject(requests) ? requests['tools'] : undefined;
  return {
    list: isObject(tasks['list']),
    cancel: isObject(tasks['cancel']),
    toolCalls: isObject(tools) && isObject(tools['call']),
  };
}

/** For whom capabilities are declared. */
export interface CapabilitiesFor {
  readonly revision: string;
  /** The client has somewhere to hear of changes, and a session that remembers what it set. */
  readonly stateful: boolean;
}

/**
 * The capabilities of the gateway in front of `servers`: what any of them has. Lists can always change, since a target
 * may come back. `subscribe` and tasks of 2025-11-25 need a session.
 */
export function mergedCapabilities(
  servers: readonly ServerHello[],
  { revision, stateful }: CapabilitiesFor,
): Record<string, object> {
  const any = (test: (server: ServerHello) => boolean): boolean => servers.some(test);
  const listChanged = stateful ? { listChanged: true } : {};
  const modern = revision === modernRevision;
  const extensions = mergedExtensions(
    servers.map((server) => relayedExtensions(server.extensions, modern && server.revision === modernRevision)),
  );
  const tasks = stateful && revision === latestHandshakeRevision ? mergedTasks(servers) : null;
  return {
    ...(any((s) => s.tools) ? { tools: listChanged } : {}),
    ...(any((s) => s.prompts) ? { prompts: listChanged } : {}),
    ...(any((s) => s.resources)
      ? { resources: { ...listChanged, ...(stateful && any((s) => s.subscribe) ? { subscribe: true } : {}) } }
      : {}),
    ...(any((s) => s.completions) ? { completions: {} } : {}),
    ...(stateful && any((s) => s.logging) ? { logging: {} } : {}),
    ...(tasks === null ? {} : { tasks }),
    ...(Object.keys(extensions).length > 0 ? { extensions } : {}),
  };
}

function mergedTasks(servers: readonly ServerHello[]): object | null {
  const all = servers.flatMap(({ coreTasks }) => (coreTasks === null ? [] : [coreTasks]));
  const tasks = {
    ...(all.some(({ list }) => list) ? { list: {} } : {}),
    ...(all.some(({ cancel }) => cancel) ? { cancel: {} } : {}),
    ...(all.some(({ toolCalls }) => toolCalls) ? { requests: { tools: { call: {} } } } : {}),
  };
  return Object.keys(tasks).length === 0 ? null : tasks;
}

/** Instructions of one server as they are; of several, each under a heading with its name, cut at `maxChars`. */
export function mergedInstructions(
  servers: readonly { readonly name: string; readonly instructions: string }[],
  several: boolean,
  maxChars: number,
): string {
  const spoken = servers.filter((server) => server.instructions.trim() !== '');
  const text = several
    ? spoken.map((server) => `# ${server.name}\n\n${server.instructions.trim()}`).join('\n\n')
    : (spoken[0]?.instructions ?? '');
  return text.length <= maxChars ? text : `${text.slice(0, maxChars)}\n[cut]`;
}
