/** Resource URIs of several targets in one space: `target+uri`, and `ui://target+rest` for MCP Apps views. */
import { mapStrings } from '../wire/2025-11-25/content.ts';
import { EACH } from '../wire/json-text.ts';

const APP_SCHEME = 'ui://';

/** The URI as clients see it. */
export function exposeUri(target: string, uri: string): string {
  return uri.startsWith(APP_SCHEME) ? `${APP_SCHEME}${target}+${uri.slice(APP_SCHEME.length)}` : `${target}+${uri}`;
}

/** The target (its index) and its own URI for one that a client names; null when no target's. */
export function ownUri(targets: readonly string[], uri: string): { target: number; uri: string } | null {
  const scheme = uri.startsWith(APP_SCHEME) ? APP_SCHEME : '';
  const plus = uri.indexOf('+', scheme.length);
  const target = plus === -1 ? -1 : targets.indexOf(uri.slice(scheme.length, plus));
  return target === -1 ? null : { target, uri: scheme + uri.slice(plus + 1) };
}

/** True for what clients fetch themselves (2025-11-25, resources, common URI schemes). */
export function isWebUri(uri: string): boolean {
  return uri.startsWith('https://');
}

/** Where results hold links, and where they hold resources themselves. */
const linkPaths: ReadonlyMap<string, readonly (readonly string[])[]> = new Map([
  ['tools/call', [['content', EACH, 'uri']]],
  ['prompts/get', [['messages', EACH, 'content', 'uri']]],
]);
const resourcePaths: ReadonlyMap<string, readonly (readonly string[])[]> = new Map([
  ['tools/call', [['content', EACH, 'resource', 'uri']]],
  ['prompts/get', [['messages', EACH, 'content', 'resource', 'uri']]],
  ['resources/read', [['contents', EACH, 'uri']]],
]);

/** The result text with every URI of a resource of `target` as clients see it; links into the web stay as they are. */
export function exposeResultUris(method: string, result: string, target: string): string {
  if (!result.includes('"uri"')) return result;
  const links = linkPaths.get(method) ?? [];
  const text = mapStrings(result, links, (uri) => (isWebUri(uri) ? uri : exposeUri(target, uri)));
  return mapStrings(text, resourcePaths.get(method) ?? [], (uri) => exposeUri(target, uri));
}
