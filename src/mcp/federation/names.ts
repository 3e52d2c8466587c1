/** How names of tools and prompts of several targets become names of one server. */

/** See `McpBackend.prefixMode`. */
export type PrefixMode = 'conditional' | 'always' | 'never' | 'onClash';

/** Where a name leads. */
export interface Route {
  /** Index of the target. */
  readonly target: number;
  /** The name as the target knows it. */
  readonly name: string;
}

/** Names of one list over all targets. */
export interface NameTable {
  /** For each target and item the name that clients see; null: hidden behind an earlier target's. */
  readonly shown: readonly (readonly (string | null)[])[];
  /** Every name that leads somewhere. */
  readonly routes: ReadonlyMap<string, Route>;
  /** Names that more than one target has and that are therefore not shown as they are. */
  readonly clashes: readonly string[];
}

/** The name that says its target. */
export function prefixed(target: string, name: string): string {
  return `${target}_${name}`;
}

/** True when every name is shown with its target's. */
export function alwaysPrefixes(mode: PrefixMode, targets: number): boolean {
  return mode === 'always' || (mode === 'conditional' && targets > 1);
}

/**
 * Names all items. `{target}_{name}` leads to its item in every mode, unless another item is shown under that very name.
 * The result depends on the order of targets and items only.
 */
export function nameItems(
  mode: PrefixMode,
  targets: readonly string[],
  names: readonly (readonly string[])[],
): NameTable {
  const routes = new Map<string, Route>();
  const shown: (string | null)[][] = [];
  const clashes: string[] = [];
  const prefixAll = alwaysPrefixes(mode, targets.length);
  for (const [target, own] of names.entries()) {
    const label = targets[target] ?? '';
    shown.push(
      own.map((name) => {
        const first = prefixAll ? prefixed(label, name) : name;
        if (!routes.has(first)) {
          routes.set(first, { target, name });
          return first;
        }
        clashes.push(first);
        if (mode === 'never' || routes.get(first)?.target === target) return null;
        return prefixAll ? numbered(first, routes, target, name) : null;
      }),
    );
  }
  if (mode === 'onClash') showClashes(targets, names, shown, routes);
  addAliases(targets, names, routes);
  return { shown, routes, clashes };
}

/** Second pass, so that a bare name never loses to another's prefixed one because of its place. */
function showClashes(
  targets: readonly string[],
  names: readonly (readonly string[])[],
  shown: (string | null)[][],
  routes: Map<string, Route>,
): void {
  for (const [target, own] of names.entries()) {
    for (const [i, name] of own.entries()) {
      const row = shown[target];
      if (row === undefined || row[i] !== null || routes.get(name)?.target === target) continue;
      row[i] = numbered(prefixed(targets[target] ?? '', name), routes, target, name);
    }
  }
}

function addAliases(
  targets: readonly string[],
  names: readonly (readonly string[])[],
  routes: Map<string, Route>,
): void {
  for (const [target, own] of names.entries()) {
    for (const name of own) {
      const alias = prefixed(targets[target] ?? '', name);
      if (!routes.has(alias)) routes.set(alias, { target, name });
    }
  }
}

/** `wanted`, or with the first number that makes it free. */
function numbered(wanted: string, routes: Map<string, Route>, target: number, name: string): string {
  let free = wanted;
  for (let n = 2; routes.has(free); n++) free = `${wanted}_${n}`;
  routes.set(free, { target, name });
  return free;
}
