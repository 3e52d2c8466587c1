/** Requests of clients, with the server capability that they need ('' for none). */
const methods: ReadonlyMap<string, '' | 'tools' | 'prompts' | 'resources' | 'completions'> = new Map([
  ['server/discover', ''],
  ['subscriptions/listen', ''],
  ['tools/list', 'tools'],
  ['tools/call', 'tools'],
  ['prompts/list', 'prompts'],
  ['prompts/get', 'prompts'],
  ['resources/list', 'resources'],
  ['resources/templates/list', 'resources'],
  ['resources/read', 'resources'],
  ['completion/complete', 'completions'],
  // Of the extension, which is checked where it is handled.
  ['tasks/get', ''],
  ['tasks/update', ''],
  ['tasks/cancel', ''],
]);

/** The server capability that a request needs, '' for none, or null when the revision has no such request. */
export function neededCapability(method: string): '' | 'tools' | 'prompts' | 'resources' | 'completions' | null {
  return methods.get(method) ?? null;
}

/** Requests that may be answered with questions to the client (2026-07-28, multi round-trip requests). */
export const askingMethods: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read']);

/** Requests whose answers say how long they may be kept. */
export const cacheableMethods: ReadonlySet<string> = new Set([
  'server/discover',
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
]);
