import { createHash } from 'node:crypto';
import { monotonicMs } from '../../base/clock.ts';
import { mcpLimits } from '../limits.ts';
import { listKinds, type ListKind, type ListName } from '../wire/2025-11-25/lists.ts';
import { stringEdits, toolResourcePaths } from '../wire/2025-11-25/content.ts';
import { splice, type Span } from '../wire/json-text.ts';
import { nameItems, type PrefixMode, type Route } from './names.ts';
import { exposeUri } from './uris.ts';

/** One item as its target wrote it. */
export interface ListItem {
  /** Name, URI or URI template. */
  readonly key: string;
  readonly text: string;
  /** Where the key's value stands in the text, as often as it is written. */
  readonly keyAt: readonly Span[];
}

/** All items of one list of one target. */
export interface TargetList {
  /** Different for lists that differ. */
  readonly id: number;
  readonly items: readonly ListItem[];
}

/** The lists of all targets as one. */
export interface Catalogue {
  /** The result object, ready to send. */
  readonly body: Buffer;
  /** Tools and prompts only: where each name leads. */
  readonly routes: ReadonlyMap<string, Route>;
  readonly clashes: readonly string[];
}

/** How a federation names things. */
export interface Naming {
  readonly prefixMode: PrefixMode;
  readonly targets: readonly string[];
}

/**
 * Keeps one copy of equal lists, however many sessions have them: a session then costs references only. Held weakly, so
 * that a list goes with the last session that has it.
 */
export class CatalogueCache {
  readonly #naming: Naming;
  readonly #lists = new WeakValues<TargetList>();
  readonly #catalogues = new WeakValues<Catalogue>();
  readonly #latest = new Map<ListName, { readonly catalogue: Catalogue; readonly at: number }>();
  #nextId = 1;

  constructor(naming: Naming) {
    this.#naming = naming;
  }

  /** The list with these items. */
  list(items: readonly ListItem[]): TargetList {
    const hash = createHash('sha256');
    for (const item of items) hash.update(item.text).update('\0');
    return this.#lists.get(hash.digest('base64'), () => ({ id: this.#nextId++, items }));
  }

  /** The merged list; null stands for a target that has none. */
  merge(name: ListName, lists: readonly (TargetList | null)[]): Catalogue {
    const key = `${name}:${lists.map((list) => list?.id ?? 0).join()}`;
    const catalogue = this.#catalogues.get(key, () => merge(listKinds[name], this.#naming, lists));
    this.#latest.set(name, { catalogue, at: monotonicMs() });
    return catalogue;
  }

  /** What any session last saw, while that is fresh: good for finding a name's target, not for showing. */
  recent(name: ListName): Catalogue | null {
    const latest = this.#latest.get(name);
    return latest !== undefined && monotonicMs() - latest.at < mcpLimits.listFreshMs ? latest.catalogue : null;
  }
}

function merge(kind: ListKind, naming: Naming, lists: readonly (TargetList | null)[]): Catalogue {
  const { targets } = naming;
  const several = targets.length > 1;
  const texts: string[] = [];
  let routes: ReadonlyMap<string, Route> = new Map();
  let clashes: readonly string[] = [];
  if (kind.field === 'name') {
    const table = nameItems(
      naming.prefixMode,
      targets,
      lists.map((list) => list?.items.map((item) => item.key) ?? []),
    );
    ({ routes, clashes } = table);
    for (const [target, list] of lists.entries()) {
      for (const [i, item] of (list?.items ?? []).entries()) {
        const shown = table.shown[target]?.[i];
        if (shown === null || shown === undefined) continue;
        const view = several && kind.name === 'tools' ? withViewUris(item, targets[target] ?? '') : item.text;
        texts.push(shown === item.key ? view : rename(item, view, shown));
      }
    }
  } else {
    for (const [target, list] of lists.entries()) {
      for (const item of list?.items ?? []) {
        texts.push(several ? rename(item, item.text, exposeUri(targets[target] ?? '', item.key)) : item.text);
      }
    }
  }
  return { body: Buffer.from(`{"${kind.name}":[${texts.join(',')}]}`), routes, clashes };
}

/** `text` (the item's own, or of the same shape) with another key. */
function rename(item: ListItem, text: string, key: string): string {
  const quoted = JSON.stringify(key);
  if (text === item.text)
    return splice(
      text,
      item.keyAt.map((span) => ({ ...span, text: quoted })),
    );
  return splice(
    text,
    stringEdits(text, [['name']], () => key),
  );
}

function withViewUris(item: ListItem, target: string): string {
  if (!item.text.includes('resourceUri')) return item.text;
  return splice(
    item.text,
    stringEdits(item.text, toolResourcePaths, (uri) => exposeUri(target, uri)),
  );
}

/** A map that does not keep its values alive. */
class WeakValues<T extends object> {
  readonly #refs = new Map<string, WeakRef<T>>();
  readonly #gone = new FinalizationRegistry<string>((key) => {
    if (this.#refs.get(key)?.deref() === undefined) this.#refs.delete(key);
  });

  get(key: string, make: () => T): T {
    const known = this.#refs.get(key)?.deref();
    if (known !== undefined) return known;
    const made = make();
    this.#refs.set(key, new WeakRef(made));
    this.#gone.register(made, key);
    return made;
  }
}
