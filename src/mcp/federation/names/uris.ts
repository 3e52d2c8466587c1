/** Resource URIs of several targets in one space: as they are, or `target+uri`, and `ui://target+rest` for MCP Apps views. */
import { mapStrings, toolResourcePaths } from '../../wire/2025-11-25/content.ts';
import { EACH } from '../../wire/json-text.ts';

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

/**
 * Whether a URI may be shown without its target. Not one that reads as if it were another target's; and not a view, since
 * tools name theirs whether it is listed or not.
 */
export function mayStayBare(targets: readonly string[], uri: string): boolean {
  return !uri.startsWith(APP_SCHEME) && ownUri(targets, uri) === null;
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

const none: readonly (readonly string[])[] = [];

/**
 * The result text with every URI of a resource as `expose` makes clients see it; links into the web stay as they are.
 */
export function exposeResultUris(method: string, result: string, expose: (uri: string) => string): string {
  const views = method === 'tools/call' && result.includes('resourceUri') ? toolResourcePaths : none;
  if (views === none && !result.includes('"uri"')) return result;
  const links = linkPaths.get(method) ?? none;
  const text = mapStrings(result, links, (uri) => (isWebUri(uri) ? uri : expose(uri)));
  return mapStrings(text, [...(resourcePaths.get(method) ?? none), ...views], expose);
}
