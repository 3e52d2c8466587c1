import type { McpItemRule, McpVirtualServer } from '../../model/mcp.ts';
import { compilePatterns, type Patterns } from './patterns.ts';

/** What is done to the arguments of a tool on their way to its server. */
export interface ArgumentRules {
  /** JSON texts by argument; clients neither see nor set these. */
  readonly fixed: ReadonlyMap<string, string>;
  /** Arguments that clients neither see nor set, and that the server does without. */
  readonly hidden: ReadonlySet<string>;
}

/** How one item looks. */
export interface ItemLook {
  readonly name: string | null;
  readonly description: string | null;
  readonly arguments: ArgumentRules | null;
}

interface CompiledRule extends ItemLook {
  readonly match: string;
  readonly exclude: boolean;
}

/** A selection, compiled. Each method says how an item looks, or null when it is not shown. */
export class View {
  readonly #tools: Patterns<CompiledRule> | null;
  readonly #prompts: Patterns<CompiledRule> | null;
  readonly #resources: Patterns<CompiledRule> | null;
  readonly #singleTools: readonly CompiledRule[];
  readonly #singlePrompts: readonly CompiledRule[];

  constructor(spec: Pick<McpVirtualServer, 'tools' | 'prompts' | 'resources'>) {
    this.#tools = compile(spec.tools);
    this.#prompts = compile(spec.prompts);
    this.#resources = compile(spec.resources);
    this.#singleTools = this.#tools?.exact.filter(({ exclude }) => !exclude) ?? [];
    this.#singlePrompts = this.#prompts?.exact.filter(({ exclude }) => !exclude) ?? [];
  }

  /** @param shown Its name without this selection. @param full Its name with its target's. */
  tool(shown: string, full: string): ItemLook | null {
    return pick(this.#tools, shown, full);
  }

  /** @param shown Its name without this selection. @param full Its name with its target's. */
  prompt(shown: string, full: string): ItemLook | null {
    return pick(this.#prompts, shown, full);
  }

  /** Names of tools, or prompts, that are looked for one by one, with how they would look. */
  single(tools: boolean): readonly (ItemLook & { readonly match: string })[] {
    return tools ? this.#singleTools : this.#singlePrompts;
  }

  /** @param exposed The URI as clients see it. @param own The URI as its target knows it. */
  resource(exposed: string, own: string): boolean {
    return pick(this.#resources, exposed, own) !== null;
  }
}

/** An item as it is. */
export const plainLook: ItemLook = { name: null, description: null, arguments: null };

function compile(rules: readonly McpItemRule[] | undefined): Patterns<CompiledRule> | null {
  if (rules === undefined) return null;
  return compilePatterns(
    rules.map(({ match, exclude, name, description, fixedArguments, hiddenArguments }) => {
      const plain = fixedArguments.size === 0 && hiddenArguments.length === 0;
      return {
        match,
        exclude,
        name: name ?? null,
        description: description ?? null,
        arguments: plain ? null : { fixed: fixedArguments, hidden: new Set(hiddenArguments) },
      };
    }),
  );
}

function pick(patterns: Patterns<CompiledRule> | null, first: string, second: string): ItemLook | null {
  if (patterns === null) return plainLook;
  const found = patterns.first(first, second);
  return found === null || found.exclude ? null : found;
}
