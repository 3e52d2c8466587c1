/** Capabilities of clients without sessions. */
import { readExtensions, relayedExtensions } from '../wire/extensions.ts';
import { isObject } from '../wire/jsonrpc.ts';

type Capabilities = Readonly<Record<string, unknown>>;

/** What servers with sessions may know of, and which of its parts make a difference to them. */
const parts: Readonly<Record<string, readonly string[]>> = {
  elicitation: ['form', 'url'],
  roots: [],
  sampling: ['context', 'tools'],
};

/** The part of a client's capabilities that servers with sessions get; equal ones have equal JSON texts. */
export function sessionCapabilities(declared: Capabilities): Record<string, unknown> {
  const own: Record<string, unknown> = {};
  for (const [name, known] of Object.entries(parts)) {
    const value = declared[name];
    if (!isObject(value)) continue;
    own[name] = Object.fromEntries(known.flatMap((part) => (isObject(value[part]) ? [[part, {}]] : [])));
  }
  const extensions = relayedExtensions(readExtensions(declared), false);
  const names = Object.keys(extensions).toSorted();
  if (names.length > 0) own['extensions'] = Object.fromEntries(names.map((name) => [name, extensions[name]]));
  return own;
}

/** JSON text of the part that servers without sessions get: all that the gateway passes on. */
export function relayedCapabilities(declared: Capabilities): string {
  const relayed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(declared)) {
    if (name in parts || name === 'experimental') relayed[name] = value;
    else if (name === 'extensions') relayed[name] = relayedExtensions(readExtensions(declared), true);
  }
  return JSON.stringify(relayed);
}
