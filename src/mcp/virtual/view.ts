import { compilePatterns, type Patterns } from './patterns.ts';

/** What is done to the arguments of a tool on their way to its server. */
export interface ArgumentRules {
  /** JSON texts by argument; clients neither see nor set these. */
  readonly fixed: ReadonlyMap<string, string>;
  /** Arguments that clients neither see nor set, and that the server does without. */
  readonly hidden: ReadonlySet<string>;
}

/** One line of a selection: which items it takes (or, `exclude`, keeps out), and how they look. */
export interface ItemRule {
  /** Name, or pattern in which `*` stands for any text; of the name without this selection, or of `{target}_{name}`. */
  readonly match: string;
  readonly exclude: boolean;
  readonly name: string | null;
  readonly description: string | null;
  readonly arguments: ArgumentRules | null;
}

/** What one virtual server shows of its targets; null: all. */
export interface ViewSpec {
  readonly tools: readonly ItemRule[] | null;
  readonly prompts: readonly ItemRule[] | null;
  /** Patterns of URIs and URI templates. */
  readonly resources: readonly ItemRule[] | null;
}

/** A selection, compiled. Each method gives the rule by which an item is shown, or null when it is not. */
export class View {
  readonly #tools: Patterns<ItemRule> | null;
  readonly #prompts: Patterns<ItemRule> | null;
  readonly #resources: Patterns<ItemRule> | null;

  constructor(spec: ViewSpec) {
    this.#tools = spec.tools === null ? null : compilePatterns(spec.tools);
    this.#prompts = spec.prompts === null ? null : compilePatterns(spec.prompts);
    this.#resources = spec.resources === null ? null : compilePatterns(spec.resources);
  }

  /** @param shown Its name without this selection. @param full Its name with its target's. */
  tool(shown: string, full: string): ItemRule | null {
    return pick(this.#tools, shown, full);
  }

  /** @param shown Its name without this selection. @param full Its name with its target's. */
  prompt(shown: string, full: string): ItemRule | null {
    return pick(this.#prompts, shown, full);
  }

  /** @param exposed The URI as clients see it. @param own The URI as its target knows it. */
  resource(exposed: string, own: string): boolean {
    return pick(this.#resources, exposed, own) !== null;
  }
}

/** Takes an item as it is. */
export const plainRule: ItemRule = { match: '*', exclude: false, name: null, description: null, arguments: null };

function pick(patterns: Patterns<ItemRule> | null, first: string, second: string): ItemRule | null {
  if (patterns === null) return plainRule;
  const found = patterns.first(first, second);
  return found === null || found.exclude ? null : found;
}
