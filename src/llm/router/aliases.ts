import { bySpecificity, compileNamePattern } from './name-pattern.ts';

/**
 * Compiles `modelAliases`: an exact name wins, then the longest wildcard; a name without an alias stays itself. An alias
 * is not looked up again.
 */
export function compileAliases(aliases: ReadonlyMap<string, string>): (model: string) => string {
  if (aliases.size === 0) return (model) => model;
  const wildcards = Array.from(aliases, ([name, target]) => ({ pattern: compileNamePattern(name), target }))
    .filter(({ pattern }) => !pattern.exact)
    .toSorted((a, b) => bySpecificity(a.pattern, b.pattern));
  return (model) => aliases.get(model) ?? wildcards.find(({ pattern }) => pattern.matches(model))?.target ?? model;
}
