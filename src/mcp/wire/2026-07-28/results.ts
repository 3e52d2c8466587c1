/** What results of 2026-07-28 carry beyond those of older revisions: their type, and how long they may be kept. */
import { locate, withoutMembers, type Span } from '../json-text.ts';
import { isObject, type Message } from '../jsonrpc.ts';
import { helloOf, type ServerHello } from '../2025-11-25/handshake.ts';
import { modernRevision } from '../versions.ts';
import { hintMembers, readHints, strictest, uncacheable, type CacheHints } from './cache-hints.ts';
import { cacheableMethods } from './methods.ts';

/** What the result is: `''` for an object that does not say; null for none at all. */
export function resultType(reply: Message): string | null {
  if (!isObject(reply.outcome)) return null;
  const type = reply.outcome['resultType'];
  return typeof type === 'string' ? type : '';
}

const complete = '"resultType":"complete"';
const uncached = hintMembers(uncacheable);

/** The result text of an older server as a client of 2026-07-28 expects it. */
export function stampResult(method: string, result: string): string {
  const members = cacheableMethods.has(method) ? `${complete},${uncached}` : complete;
  const rest = result.slice(result.indexOf('{') + 1);
  return rest.trimStart().startsWith('}') ? `{${members}${rest}` : `{${members},${rest}`;
}

/** The start of a list's result; the members of the list follow. */
export function listHead(hints: CacheHints): Buffer {
  return Buffer.from(`{${complete},${hintMembers(hints)},`);
}

/**
 * The result text of a server of 2026-07-28, with hints that say no more than `limit` allows; one that says less keeps
 * its bytes.
 */
export function limitHints(method: string, result: string, value: unknown, limit: CacheHints): string {
  if (!cacheableMethods.has(method) || !isObject(value) || value['resultType'] !== 'complete') return result;
  const own = readHints(value);
  const hints = strictest(own, limit);
  const wellFormed = typeof value['ttlMs'] === 'number' && typeof value['cacheScope'] === 'string';
  if (wellFormed && value['ttlMs'] === hints.ttlMs && own.isPublic === hints.isPublic) return result;
  const rest = withoutMembers(result, hintNames).slice(1);
  return `{${hintMembers(hints)}${rest === '}' ? '' : ','}${rest}`;
}

const hintNames: ReadonlySet<string> = new Set(['ttlMs', 'cacheScope']);

/** The result text of a server of 2026-07-28 as a client with a session expects it. */
export function unstampResult(result: string, value: unknown): string {
  const structured = isObject(value) ? value['structuredContent'] : undefined;
  if (structured === undefined || isObject(structured)) return withoutMembers(result, newMembers);
  // Older revisions know objects only; the text beside it says the same, or does so from here on.
  const content = isObject(value) ? value['content'] : undefined;
  if (Array.isArray(content) && content.length > 0) return withoutMembers(result, withStructure);
  const spans: Span[] = [];
  locate(result, 0, ['structuredContent'], spans);
  const span = spans.at(-1);
  const text = JSON.stringify(result.slice(span?.start, span?.end));
  const rest = withoutMembers(result, withContent).slice(1);
  return `{"content":[{"type":"text","text":${text}}]${rest === '}' ? '' : ','}${rest}`;
}

const newMembers: ReadonlySet<string> = new Set(['resultType', 'ttlMs', 'cacheScope']);
const withStructure: ReadonlySet<string> = new Set([...newMembers, 'structuredContent']);
const withContent: ReadonlySet<string> = new Set([...withStructure, 'content']);

/** What a server said of itself in `server/discover`, or null when that is no such answer. */
export function readDiscovery(
  result: unknown,
): { readonly versions: readonly unknown[]; readonly hello: ServerHello } | null {
  if (!isObject(result) || !Array.isArray(result['supportedVersions'])) return null;
  return { versions: result['supportedVersions'], hello: helloOf(modernRevision, result) };
}
