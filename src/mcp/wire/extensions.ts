/** Extensions of the protocol, declared by name with settings (2026-07-28, versioning; older peers declare them, too). */
import { isObject, type Params } from './jsonrpc.ts';

/** Settings by name of the extension. */
export type Extensions = Readonly<Record<string, Params>>;

/** Tasks (SEP-2663): between peers of 2026-07-28 only. */
export const TASKS = 'io.modelcontextprotocol/tasks';

/** MCP Apps (SEP-1865): resources with the scheme `ui:`. */
export const APPS = 'io.modelcontextprotocol/ui';

/** Extensions of the specification have these names. */
const OFFICIAL = 'io.modelcontextprotocol/';

/**
 * Whether an extension means the same on the other side of the gateway. Of the specification's own these are the ones
 * that it relays: the others have requests or credentials of their own. Other names are only data to it.
 */
function isRelayed(name: string, modern: boolean): boolean {
  if (name === TASKS) return modern;
  return name === APPS || !name.startsWith(OFFICIAL);
}

/** The extensions of declared capabilities. */
export function readExtensions(capabilities: unknown): Extensions {
  const declared = isObject(capabilities) ? capabilities['extensions'] : undefined;
  if (!isObject(declared)) return none;
  return Object.fromEntries(Object.entries(declared).filter((entry): entry is [string, Params] => isObject(entry[1])));
}

const none: Extensions = {};

/**
 * The part that is told to the other side.
 * @param modern That side works without sessions.
 */
export function relayedExtensions(extensions: Extensions, modern: boolean): Extensions {
  return Object.fromEntries(Object.entries(extensions).filter(([name]) => isRelayed(name, modern)));
}

/**
 * What several servers have: settings of one extension are put together, lists with all that any names, flags set where
 * any sets them; of other values the first server's counts.
 */
export function mergedExtensions(servers: readonly Extensions[]): Extensions {
  const merged: Record<string, Params> = {};
  for (const server of servers) {
    for (const [name, settings] of Object.entries(server)) {
      const former = merged[name];
      merged[name] = former === undefined ? settings : (merge(former, settings) as Params);
    }
  }
  return merged;
}

function merge(first: unknown, second: unknown): unknown {
  if (isObject(first) && isObject(second)) {
    const out: Record<string, unknown> = { ...second };
    for (const [key, value] of Object.entries(first)) {
      out[key] = key in second ? merge(value, second[key]) : value;
    }
    return out;
  }
  if (Array.isArray(first) && Array.isArray(second)) {
    const known = new Set(first.map((item) => JSON.stringify(item)));
    return [...(first as unknown[]), ...(second as unknown[]).filter((item) => !known.has(JSON.stringify(item)))];
  }
  return typeof first === 'boolean' && typeof second === 'boolean' ? first || second : first;
}
