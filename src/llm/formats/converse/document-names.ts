const longest = 200;
const forbidden = /[^a-zA-Z0-9\s()[\]-]+/g;
const extension = /\.[a-zA-Z0-9]{1,5}$/;

/**
 * Names of documents as Converse allows them: letters, digits, single white space, hyphens, parentheses and square
 * brackets, at most 200 characters; no two in one request are the same.
 */
export class DocumentNames {
  readonly #used = new Set<string>();

  /** @param name As the client says it; undefined: not at all. */
  next(name: string | undefined): string {
    const clean = (name ?? '')
      .replace(extension, '')
      .replace(forbidden, '-')
      .replace(/\s+/g, ' ')
      .replace(/^[\s-]+|[\s-]+$/g, '');
    const base = clean === '' ? 'document' : clean;
    let unique = base.slice(0, longest).trimEnd();
    for (let count = 2; this.#used.has(unique); count += 1) {
      const mark = ` (${count})`;
      unique = base.slice(0, longest - mark.length).trimEnd() + mark;
    }
    this.#used.add(unique);
    return unique;
  }
}
