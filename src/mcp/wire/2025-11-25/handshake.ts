import { isObject, type Params } from '../jsonrpc.ts';
import { isKnownRevision, latestHandshakeRevision } from '../versions.ts';

/** Name and version that a peer shows to people. */
export interface Implementation {
  readonly name: string;
  readonly version: string;
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
}

/** Client capabilities that can be relayed to servers: what comes back of them has a way to the client. */
const relayedCapabilities = ['roots', 'sampling', 'elicitation'];

/** A client's capabilities as its servers may see them. */
export function relayedClientCapabilities(params: Params | null): Record<string, unknown> {
  const declared = params?.['capabilities'];
  const relayed: Record<string, unknown> = {};
  if (!isObject(declared)) return relayed;
  for (const name of relayedCapabilities) if (isObject(declared[name])) relayed[name] = declared[name];
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
  };
}

/**
 * The capabilities of the gateway in front of `servers`: what any of them has. Lists can always change, since a target
 * may come back. `subscribe` needs a session.
 */
export function mergedCapabilities(servers: readonly ServerHello[], stateful: boolean): Record<string, object> {
  const any = (test: (server: ServerHello) => boolean): boolean => servers.some(test);
  const listChanged = stateful ? { listChanged: true } : {};
  return {
    ...(any((s) => s.tools) ? { tools: listChanged } : {}),
    ...(any((s) => s.prompts) ? { prompts: listChanged } : {}),
    ...(any((s) => s.resources)
      ? { resources: { ...listChanged, ...(stateful && any((s) => s.subscribe) ? { subscribe: true } : {}) } }
      : {}),
    ...(any((s) => s.completions) ? { completions: {} } : {}),
    ...(stateful && any((s) => s.logging) ? { logging: {} } : {}),
  };
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
