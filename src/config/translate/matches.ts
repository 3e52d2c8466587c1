import type { RouteMatch, ValueMatch } from '../../model/route.ts';
import { compileRegex, RegexError } from '../../expr/regex/safe-regex.ts';
import type { HeaderMatch, QueryMatch, RouteMatch as RouteMatchConfig } from '../schema/matches.ts';
import { report, type Context, type Path } from './context.ts';

/** The conditions of a route. A match that the file calls `invalid` can never hold, so it is left out. */
export function routeMatches(context: Context, path: Path, config: readonly RouteMatchConfig[]): readonly RouteMatch[] {
  return config.flatMap((match, index) => {
    const at: Path = [...path, index];
    const headers = headerMatches(context, [...at, 'headers'], match.headers);
    const query = valueMatches(context, [...at, 'query'], match.query, (name) => name);
    const target = pathMatch(context, [...at, 'path'], match.path);
    if (headers === undefined || query === undefined || target === undefined) return [];
    const method = match.method === undefined ? {} : { method: match.method.toUpperCase() };
    return [{ path: target, ...method, headers, query }];
  });
}

/** Header conditions with lower-case names, or undefined when one can never hold. */
export function headerMatches(
  context: Context,
  path: Path,
  config: readonly HeaderMatch[],
): readonly ValueMatch[] | undefined {
  return valueMatches(context, path, config, (name) => name.toLowerCase());
}

function valueMatches(
  context: Context,
  path: Path,
  config: readonly (HeaderMatch | QueryMatch)[],
  nameOf: (name: string) => string,
): readonly ValueMatch[] | undefined {
  const matches: ValueMatch[] = [];
  for (const [index, { name, value }] of config.entries()) {
    if (value === 'invalid') return undefined;
    if (value.regex === undefined) matches.push({ kind: 'exact', name: nameOf(name), value: value.exact });
    else {
      checkRegex(context, [...path, index, 'value', 'regex'], value.regex);
      matches.push({ kind: 'regex', name: nameOf(name), value: value.regex });
    }
  }
  return matches;
}

function pathMatch(context: Context, path: Path, config: RouteMatchConfig['path']): RouteMatch['path'] | undefined {
  if (config === 'invalid') return undefined;
  if (config.exact !== undefined) return { kind: 'exact', value: config.exact };
  if (config.pathPrefix !== undefined) return { kind: 'prefix', value: config.pathPrefix };
  checkRegex(context, [...path, 'regex'], config.regex);
  return { kind: 'regex', value: config.regex };
}

/** The schema has checked the syntax; this also bounds what a pattern may cost. */
function checkRegex(context: Context, path: Path, pattern: string): void {
  try {
    compileRegex(pattern, { fullMatch: true });
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    report(context, path, error.message);
  }
}

/** Lower-case host names; none (which means any) when one of them is `*`. */
export function hostnames(config: readonly string[]): readonly string[] {
  return config.includes('*') ? [] : config.map((name) => name.toLowerCase());
}
