/** What results of 2026-07-28 carry beyond those of older revisions: their type, and how long they may be kept. */
import { eachMember } from '../json-text.ts';
import { isObject, type Message } from '../jsonrpc.ts';
import type { ServerHello } from '../2025-11-25/handshake.ts';
import { modernRevision } from '../versions.ts';
import { cacheableMethods } from './methods.ts';

/** What the result is: `''` for an object that does not say; null for none at all. */
export function resultType(reply: Message): string | null {
  if (!isObject(reply.outcome)) return null;
  const type = reply.outcome['resultType'];
  return typeof type === 'string' ? type : '';
}

const complete = '"resultType":"complete"';
const uncached = '"ttlMs":0,"cacheScope":"private"';

/** The result text of an older server as a client of 2026-07-28 expects it. */
export function stampResult(method: string, result: string): string {
  const members = cacheableMethods.has(method) ? `${complete},${uncached}` : complete;
  const rest = result.slice(result.indexOf('{') + 1);
  return rest.trimStart().startsWith('}') ? `{${members}${rest}` : `{${members},${rest}`;
}

/** The start of a list's result; the members of the list follow. */
export const listHead: Buffer = Buffer.from(`{${complete},${uncached},`);

/** The result text of a server of 2026-07-28 as a client with a session expects it. */
export function unstampResult(result: string, value: unknown): string {
  const structured = isObject(value) ? value['structuredContent'] : undefined;
  // Older revisions know objects only; the text beside it says the same.
  const noStructure = structured !== undefined && !isObject(structured);
  const kept: string[] = [];
  let dropped = false;
  eachMember(result, result.indexOf('{'), (key, start, end) => {
    if (newMembers.has(key) || (noStructure && key === 'structuredContent')) dropped = true;
    else kept.push(`${JSON.stringify(key)}:${result.slice(start, end)}`);
  });
  return dropped ? `{${kept.join()}}` : result;
}

const newMembers: ReadonlySet<string> = new Set(['resultType', 'ttlMs', 'cacheScope']);

/** What a server said of itself in `server/discover`, or null when that is no such answer. */
export function readDiscovery(
  result: unknown,
): { readonly versions: readonly unknown[]; readonly hello: ServerHello } | null {
  if (!isObject(result) || !Array.isArray(result['supportedVersions'])) return null;
  const declared = isObject(result['capabilities']) ? result['capabilities'] : {};
  const of = (name: string): Readonly<Record<string, unknown>> | null => {
    const value = declared[name];
    return isObject(value) ? value : null;
  };
  const tools = of('tools');
  const prompts = of('prompts');
  const resources = of('resources');
  return {
    versions: result['supportedVersions'],
    hello: {
      revision: modernRevision,
      instructions: typeof result['instructions'] === 'string' ? result['instructions'] : '',
      tools: tools !== null,
      prompts: prompts !== null,
      resources: resources !== null,
      toolsListChanged: tools?.['listChanged'] === true,
      promptsListChanged: prompts?.['listChanged'] === true,
      resourcesListChanged: resources?.['listChanged'] === true,
      subscribe: resources?.['subscribe'] === true,
      completions: of('completions') !== null,
      logging: of('logging') !== null,
    },
  };
}
