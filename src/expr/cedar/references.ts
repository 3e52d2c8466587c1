import type { ExprJson, PolicyJson } from '../../model/policies/cedar-json.ts';

/** What the decisions of a policy set may depend on, besides names and ancestors. */
export interface References {
  /** Attributes of the principal and of the resource. */
  readonly attributes: readonly string[];
  /** Their tags; null: any, because a name is computed. */
  readonly tags: readonly string[] | null;
  /** Paths into the context; an empty path is the whole. */
  readonly context: readonly (readonly string[])[];
}

/**
 * Collects what policies read. An attribute counts for the principal and for the resource wherever its name stands:
 * either may be reached by another way (`User::"alice".level` while alice asks).
 */
export function references(policies: readonly PolicyJson[]): References {
  const reader = new Reader();
  for (const { conditions } of policies) for (const { body } of conditions) reader.read(body);
  return reader.found();
}

class Reader {
  readonly #attributes: Set<string> = new Set();
  readonly #tags: Set<string> = new Set();
  readonly #context: Map<string, readonly string[]> = new Map();
  #anyTag = false;

  found(): References {
    const paths = [...this.#context.values()];
    return {
      attributes: [...this.#attributes].toSorted(),
      tags: this.#anyTag ? null : [...this.#tags].toSorted(),
      // A path below another adds nothing to it.
      context: paths.filter((path) => !paths.some((other) => other.length < path.length && begins(path, other))),
    };
  }

  read(json: ExprJson): void {
    const path = this.#contextPath(json);
    if (path !== null) {
      this.#context.set(JSON.stringify(path), path);
      return;
    }
    const [entry] = Object.entries(json);
    if (entry === undefined) return;
    const [name, operand] = entry;
    if (name === 'Value' || name === 'Var') return;
    if (name === '.' || name === 'has') for (const attribute of namesOf(operand)) this.#attributes.add(attribute);
    if (name === 'getTag' || name === 'hasTag') this.#tag((operand as { readonly right: ExprJson }).right);
    if (name === '.' || name === 'has' || name === 'like') this.read((operand as { readonly left: ExprJson }).left);
    else for (const part of Object.values(operand as object)) if (typeof part === 'object') this.read(part as ExprJson);
  }

  #tag({ Value: name }: ExprJson): void {
    if (typeof name === 'string') this.#tags.add(name);
    else this.#anyTag = true;
  }

  /** The path of `context.a.b` or `context.a has b`; null for anything else. */
  #contextPath(json: ExprJson): readonly string[] | null {
    if (json['Var'] === 'context') return [];
    const access = json['.'] ?? json['has'];
    if (access === undefined) return null;
    const above = this.#contextPath((access as { readonly left: ExprJson }).left);
    if (above === null) return null;
    const path = [...above, ...namesOf(access)];
    // Beyond the first name it may be an entity of the context whose attribute is read.
    for (const name of path.slice(1)) this.#attributes.add(name);
    return path;
  }
}

function namesOf(access: unknown): readonly string[] {
  const { attr } = access as { readonly attr: string | readonly string[] };
  return typeof attr === 'string' ? [attr] : attr;
}

function begins(path: readonly string[], other: readonly string[]): boolean {
  return other.every((name, index) => path[index] === name);
}
