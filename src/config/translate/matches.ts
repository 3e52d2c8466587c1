import type { RouteMatch, ValueMatch } from '../../model/route.ts';
import type { HeaderMatch, QueryMatch, RouteMatch as RouteMatchConfig } from '../schema/matches.ts';

/** The conditions of a route. A match that the file calls `invalid` can never hold, so it is left out. */
export function routeMatches(config: readonly RouteMatchConfig[]): readonly RouteMatch[] {
  return config.flatMap((match) => {
    const headers = headerMatches(match.headers);
    const query = valueMatches(match.query, (name) => name);
    const path = pathMatch(match.path);
    if (headers === undefined || query === undefined || path === undefined) return [];
    return [{ path, ...(match.method === undefined ? {} : { method: match.method.toUpperCase() }), headers, query }];
  });
}

/** Header conditions with lower-case names, or undefined when one can never hold. */
export function headerMatches(config: readonly HeaderMatch[]): readonly ValueMatch[] | undefined {
  return valueMatches(config, (name) => name.toLowerCase());
}

function valueMatches(
  config: readonly (HeaderMatch | QueryMatch)[],
  nameOf: (name: string) => string,
): readonly ValueMatch[] | undefined {
  const matches: ValueMatch[] = [];
  for (const { name, value } of config) {
    if (value === 'invalid') return undefined;
    matches.push(
      value.regex === undefined
        ? { kind: 'exact', name: nameOf(name), value: value.exact }
        : { kind: 'regex', name: nameOf(name), value: value.regex },
    );
  }
  return matches;
}

function pathMatch(config: RouteMatchConfig['path']): RouteMatch['path'] | undefined {
  if (config === 'invalid') return undefined;
  if (config.exact !== undefined) return { kind: 'exact', value: config.exact };
  if (config.pathPrefix !== undefined) return { kind: 'prefix', value: config.pathPrefix };
  return { kind: 'regex', value: config.regex };
}

/** Lower-case host names; none (which means any) when one of them is `*`. */
export function hostnames(config: readonly string[]): readonly string[] {
  return config.includes('*') ? [] : config.map((name) => name.toLowerCase());
}
