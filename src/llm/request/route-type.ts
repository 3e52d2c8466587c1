import type { LlmRouteType } from '../../model/llm.ts';
import { decoded } from './decoded.ts';

/** Finds what a path is for. */
export type RouteTypeOf = (path: string) => LlmRouteType;

/**
 * Compiles the `routes` of an `ai` backend: path suffix → type, the longest suffix wins, `*` is the rest. Without an
 * entry that fits, a path is for chat completions.
 */
export function compileRouteTypes(routes: ReadonlyMap<string, LlmRouteType>): RouteTypeOf {
  const bySuffix = [...routes].filter(([suffix]) => suffix !== '*').toSorted(([a], [b]) => b.length - a.length);
  const rest = routes.get('*') ?? 'completions';
  return (path) => bySuffix.find(([suffix]) => path.endsWith(suffix))?.[1] ?? rest;
}

/** Paths of the `llm` section, with or without the version in front. */
const versioned: readonly (readonly [string, LlmRouteType])[] = [
  ['/chat/completions', 'completions'],
  ['/messages', 'messages'],
  ['/messages/count_tokens', 'anthropicTokenCount'],
  ['/responses', 'responses'],
  ['/responses/compact', 'detect'],
  ['/embeddings', 'embeddings'],
  ['/rerank', 'rerank'],
  ['/completions', 'legacyCompletions'],
  ['/realtime', 'realtime'],
  ['/images/generations', 'detect'],
  ['/images/edits', 'detect'],
  ['/images/variations', 'detect'],
];

const bySuffix = compileRouteTypes(
  new Map<string, LlmRouteType>([
    ...versioned.map(([path, type]) => [`/v1${path}`, type] as const),
    ['/v2/rerank', 'rerank'],
    [':rawPredict', 'messages'],
    [':streamRawPredict', 'messages'],
    [':generateContent', 'generateContent'],
    [':streamGenerateContent', 'generateContent'],
    [':countTokens', 'geminiCountTokens'],
    ['*', 'passthrough'],
  ]),
);
const unversioned = new Map(versioned);

/** What a path of the `llm` section is for; the model list is found by {@link modelListPath}. */
export const llmRouteTypeOf: RouteTypeOf = (path) => unversioned.get(path) ?? bySuffix(path);

/**
 * The model that a path of the model list asks for: `''` for the list itself, undefined for any other path. An id may
 * hold slashes and percent escapes.
 */
export function modelListPath(path: string): string | undefined {
  const match = /^(?:.*\/v1(?:beta)?|)\/models(?:\/(.*?))?\/?$/.exec(path);
  if (match === null) return undefined;
  const id = match[1] ?? '';
  // `models/<name>:<method>` is a call to a model, not a look at the list.
  if (/:(?:(?:stream)?(?:generateContent|GenerateContent|rawPredict|RawPredict)|countTokens)$/.test(id))
    return undefined;
  return decoded(id);
}
