/** How names of tools and prompts of several targets become names of one server. */
import { createHash } from 'node:crypto';
import type { NameClaims } from './shared-names.ts';

/** See `McpBackend.prefixMode`. */
export type PrefixMode = 'conditional' | 'always' | 'never' | 'onClash';

/** How a federation names things. */
export interface Naming {
  readonly prefixMode: PrefixMode;
  readonly targets: readonly string[];
  /** Longest name that clients see, in characters. */
  readonly maxNameLength: number;
  /** For each target the names that its tools are to have, by their own. */
  readonly aliases: readonly ReadonlyMap<string, string>[];
  /** Names that were seen do not move; null: they depend on what is listed now only. */
  readonly claims: NameClaims | null;
}

/** Where a name leads. */
export interface Route {
  /** Index of the target. */
  readonly target: number;
  /** The name as the target knows it. */
  readonly name: string;
}

/** Names of one list over all targets. */
export interface NameTable {
  /** For each target and item the name that clients see; null: hidden behind another of the same name. */
  readonly shown: readonly (readonly (string | null)[])[];
  /** Every name that leads somewhere. */
  readonly routes: ReadonlyMap<string, Route>;
  /** Names that more than one item wanted; all but one of these got another, or none. */
  readonly clashes: readonly string[];
  /** Names that were too long, whole. */
  readonly shortened: readonly string[];
}

/** Nothing is renamed and nothing shortened. */
export function plainNaming(prefixMode: PrefixMode, targets: readonly string[]): Naming {
  return { prefixMode, targets, maxNameLength: Infinity, aliases: [], claims: null };
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
 * Names all items. `{target}_{name}`, and the whole of a name that was shortened, lead to their item in every mode, unless
 * another item is shown under that very name. Who had a name before keeps it; otherwise the order of targets and items
 * decides. All workers come to the same result.
 */
export function nameItems(naming: Naming, names: readonly (readonly string[])[], tools: boolean): NameTable {
  return new Namer(naming, names, tools).table();
}

class Namer {
  readonly #naming: Naming;
  readonly #names: readonly (readonly string[])[];
  readonly #shown: (string | null)[][];
  /** For each target the names that are shown, as the target knows them. */
  readonly #done: readonly Set<string>[];
  readonly #routes = new Map<string, Route>();
  readonly #clashes: string[] = [];
  readonly #shortened: string[] = [];
  readonly #aliases: readonly ReadonlyMap<string, string>[];
  readonly #list: 'tools' | 'prompts';

  constructor(naming: Naming, names: readonly (readonly string[])[], tools: boolean) {
    this.#naming = naming;
    this.#names = names;
    this.#aliases = tools ? naming.aliases : [];
    this.#list = tools ? 'tools' : 'prompts';
    this.#shown = names.map((own) => own.map(() => null));
    this.#done = names.map(() => new Set());
  }

  table(): NameTable {
    const { prefixMode, targets } = this.#naming;
    const prefixAll = alwaysPrefixes(prefixMode, targets.length);
    // What the file says goes before everything else.
    this.#each((target, name) => {
      const alias = this.#aliases[target]?.get(name);
      return alias === undefined ? null : this.#claim(alias, target, name, true);
    });
    this.#each((target, name) => {
      const wanted = prefixAll ? this.#full(target, name) : name;
      return this.#claim(wanted, target, name) ?? (prefixAll ? this.#numbered(wanted, target, name) : null);
    });
    // After all bare names, so that none of them loses to a prefixed one because of its place.
    if (prefixMode === 'onClash') {
      this.#each((target, name) => {
        const wanted = this.#full(target, name);
        return this.#claim(wanted, target, name) ?? this.#numbered(wanted, target, name);
      });
    }
    for (const [target, own] of this.#names.entries()) {
      for (const name of own) this.#lead(this.#full(target, name), target, name);
    }
    return { shown: this.#shown, routes: this.#routes, clashes: this.#clashes, shortened: this.#shortened };
  }

  /** Visits every item that has no name yet, but not the second of two that a target calls the same. */
  #each(nameOf: (target: number, name: string) => string | null): void {
    for (const [target, own] of this.#names.entries()) {
      const row = this.#shown[target];
      const done = this.#done[target];
      if (row === undefined || done === undefined) continue;
      for (const [i, name] of own.entries()) {
        if (done.has(name)) continue;
        const shown = nameOf(target, name);
        if (shown === null) continue;
        row[i] = shown;
        done.add(name);
      }
    }
  }

  #full(target: number, name: string): string {
    return prefixed(this.#naming.targets[target] ?? '', name);
  }

  /** Gives `wanted`, shortened if need be, to an item; null when another has it. */
  #claim(wanted: string, target: number, name: string, force = false): string | null {
    const short = shorten(wanted, this.#naming.maxNameLength, this.#full(target, name));
    if (this.#routes.has(short) || this.#routes.has(wanted) || !this.#mayHave(short, target, force)) {
      this.#clashes.push(wanted);
      return null;
    }
    this.#routes.set(short, { target, name });
    if (short !== wanted) {
      this.#shortened.push(wanted);
      this.#lead(wanted, target, name);
    }
    return short;
  }

  /** `wanted` with the first number that makes it free. */
  #numbered(wanted: string, target: number, name: string): string {
    for (let n = 2; ; n++) {
      const free = shorten(`${wanted}_${n}`, this.#naming.maxNameLength, `${this.#full(target, name)}_${n}`);
      if (this.#routes.has(free) || !this.#mayHave(free, target, false)) continue;
      this.#routes.set(free, { target, name });
      return free;
    }
  }

  #mayHave(shown: string, target: number, force: boolean): boolean {
    return this.#naming.claims?.take(this.#list, shown, target, force) !== false;
  }

  #lead(from: string, target: number, name: string): void {
    if (!this.#routes.has(from)) this.#routes.set(from, { target, name });
  }
}

/** `name`, or as much of it as leaves room for a hash of `identity` when it has more than `max` characters. */
export function shorten(name: string, max: number, identity: string): string {
  if (name.length <= max) return name;
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 8);
  const kept = name.slice(0, max - 9);
  // Half of a surrogate pair is no character.
  return `${/[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept}_${hash}`;
}
