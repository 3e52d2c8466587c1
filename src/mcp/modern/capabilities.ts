/** Capabilities of clients without sessions. */
import { isObject } from '../wire/jsonrpc.ts';

type Capabilities = Readonly<Record<string, unknown>>;

/** What servers with sessions may know of, and which of its parts make a difference to them. */
const parts: Readonly<Record<string, readonly string[]>> = {
  elicitation: ['form', 'url'],
  roots: [],
  sampling: ['context', 'tools'],
};

/** Extensions that need more of the gateway than passing them on. */
const ownExtensions: ReadonlySet<string> = new Set(['io.modelcontextprotocol/tasks']);

/** The part of a client's capabilities that servers with sessions get; equal ones have equal JSON texts. */
export function sessionCapabilities(declared: Capabilities): Record<string, unknown> {
  const own: Record<string, unknown> = {};
  for (const [name, known] of Object.entries(parts)) {
    const value = declared[name];
    if (!isObject(value)) continue;
    own[name] = Object.fromEntries(known.flatMap((part) => (isObject(value[part]) ? [[part, {}]] : [])));
  }
  return own;
}

/** JSON text of the part that servers without sessions get: all that the gateway passes on. */
export function relayedCapabilities(declared: Capabilities): string {
  const relayed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(declared)) {
    if (name in parts || name === 'experimental') relayed[name] = value;
    else if (name === 'extensions' && isObject(value)) {
      relayed[name] = Object.fromEntries(Object.entries(value).filter(([key]) => !ownExtensions.has(key)));
    }
  }
  return JSON.stringify(relayed);
}
