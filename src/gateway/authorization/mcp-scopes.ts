import type { McpItem } from '../../mcp/access.ts';
import { prefixed } from '../../mcp/federation/names/names.ts';
import { compilePatterns, type Patterns } from '../../mcp/virtual/patterns.ts';
import type { McpScopesSpec, RequiredScopes } from '../../model/policies/mcp-authentication.ts';
import { ProvedFacts } from '../authentication/facts.ts';
import type { Exchange } from '../exchange.ts';
import { scopesOf } from '../tokens/scopes.ts';

/** Which scopes the tokens of clients must have, compiled. */
export class McpScopes {
  /** What every request takes. */
  readonly always: readonly string[];
  readonly #rules: readonly Rule[];
  readonly #implied: McpScopesSpec['implied'];

  constructor({ required, implied }: McpScopesSpec) {
    this.always = distinct(required.filter(isForAll).flatMap(({ scopes }) => scopes));
    this.#rules = required.filter((rule) => !isForAll(rule)).map((rule) => new Rule(rule));
    this.#implied = implied;
  }

  /** True where it depends on what a request is about. */
  get byItem(): boolean {
    return this.#rules.length > 0;
  }

  /**
   * All scopes that a request takes, if the client's token has not all of them, else null.
   *
   * @param item What the request is about; null: as far as that is not known.
   */
  lacked(x: Exchange, item: McpItem | null): readonly string[] | null {
    const special = item === null ? [] : this.#rules.flatMap((rule) => (rule.isAbout(item) ? rule.scopes : []));
    const needed = special.length === 0 ? this.always : distinct([...this.always, ...special]);
    if (needed.length === 0) return null;
    const granted = this.#granted(x);
    if (needed.every((scope) => granted.has(scope))) return null;
    x.record.decided('deny', `the scope ${needed.join(' ')}`);
    return needed;
  }

  /** With those that they stand for. */
  #granted(x: Exchange): ReadonlySet<string> {
    const token = x.fact('jwt');
    const granted = new Set(token instanceof ProvedFacts ? scopesOf(token.facts) : []);
    // What is added on the way is visited, too.
    for (const scope of granted) for (const other of this.#implied.get(scope) ?? []) granted.add(other);
    return granted;
  }
}

/** The scopes that some items take. */
class Rule {
  readonly scopes: readonly string[];
  readonly #patterns: Readonly<Record<McpItem['kind'], Patterns<{ readonly match: string }>>>;

  constructor({ scopes, tools, prompts, resources }: RequiredScopes) {
    this.scopes = scopes;
    this.#patterns = { tool: compiled(tools), prompt: compiled(prompts), resource: compiled(resources) };
  }

  isAbout({ kind, target, name }: McpItem): boolean {
    const full = kind === 'resource' ? `${target}+${name}` : prefixed(target, name);
    return this.#patterns[kind].first(name, full) !== null;
  }
}

function compiled(patterns: readonly string[] = []): Patterns<{ readonly match: string }> {
  return compilePatterns(patterns.map((match) => ({ match })));
}

function isForAll({ tools, prompts, resources }: RequiredScopes): boolean {
  return tools === undefined && prompts === undefined && resources === undefined;
}

function distinct(scopes: readonly string[]): readonly string[] {
  return [...new Set(scopes)];
}
