import { createHash } from 'node:crypto';
import { monotonicMs } from '../../../base/clock.ts';
import type { McpItem } from '../../access.ts';
import { mcpLimits } from '../../limits.ts';
import { ToolIndex } from '../../virtual/search.ts';
import type { View } from '../../virtual/view.ts';
import { listKinds, type ListName } from '../../wire/2025-11-25/lists.ts';
import type { Span } from '../../wire/json-text.ts';
import type { Cursors } from './cursors.ts';
import type { Remarks } from './remarks.ts';
import { ListShare } from './share.ts';
import { mergeLists, type Merged, type MergeInput } from './merge.ts';
import type { Naming } from '../names/names.ts';

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
  /** Hash of the items. */
  readonly id: string;
  readonly items: readonly ListItem[];
}

/** What is known of one target when lists are merged. */
export interface Part {
  /** Null: it has no such list, or none that is known. */
  readonly list: TargetList | null;
  /** It cannot be reached: its items keep their names, but are not shown. */
  readonly down: boolean;
}

/** What the catalogues of a backend have in common. */
export interface CatalogueSettings {
  readonly naming: Naming;
  /** Null: everything is shown. */
  readonly view: View | null;
  readonly cursors: Cursors;
  readonly pageSize: number;
  /** By target: how long lists of a server with sessions are good without its stream; absent: not at all. */
  readonly listTtlMs: readonly number[];
  readonly remarks: Remarks;
}

/** Which of some items somebody may see, in their order. */
export type Shows = (items: readonly McpItem[]) => readonly boolean[];

/** The lists of all targets as one. */
export class Catalogue {
  readonly merged: Merged;
  /** The same in every worker for the same items. */
  readonly version: string;
  /** Targets whose items are missing. */
  readonly degraded: readonly string[];
  readonly #name: ListName;
  readonly #settings: CatalogueSettings;
  #first: Buffer | null = null;
  #index: ToolIndex | null = null;
  #about: readonly McpItem[] | null = null;
  #remarked = false;

  constructor(
    name: ListName,
    version: string,
    merged: Merged,
    degraded: readonly string[],
    settings: CatalogueSettings,
  ) {
    this.#name = name;
    this.version = version;
    this.merged = merged;
    this.degraded = degraded;
    this.#settings = settings;
  }

  /** The result object with the first page. */
  get body(): Buffer {
    return (this.#first ??= this.#page(0));
  }

  /** {@link body} with those of its items only that `shows` lets through. */
  bodyFor(shows: Shows | null): Buffer {
    return shows === null ? this.body : this.#page(0, shows);
  }

  /** What {@link Shows} is asked about, in the order of the merged items; the same objects each time. */
  get about(): readonly McpItem[] {
    const kind = itemKinds[this.#name];
    const { targets } = this.#settings.naming;
    return (this.#about ??= this.merged.items.map(({ target, name }) => ({
      kind,
      target: targets[target] ?? '',
      name,
    })));
  }

  /** What `find_tools` looks in. */
  get index(): ToolIndex {
    return (this.#index ??= new ToolIndex(this.merged));
  }

  /** The result object with the page that `cursor` names; null when it is no cursor of this catalogue. */
  page(cursor: string, shows: Shows | null): Buffer | null {
    const position = this.#settings.cursors.open(cursor);
    if (position === null || position.version !== this.version) return null;
    return position.offset > 0 && position.offset < this.merged.texts.length
      ? this.#page(position.offset, shows)
      : null;
  }

  /** Says what people should know of its names. */
  remark(): void {
    if (this.#remarked) return;
    this.#remarked = true;
    const { remarks } = this.#settings;
    const { clashes, missing } = this.merged;
    remarks.say(`targets share names of ${this.#name}`, clashes);
    this.remarkLength();
    remarks.say(`${this.#name} are selected that no target has`, missing);
  }

  /** The same as far as it depends on no other target. */
  remarkLength(): void {
    this.#settings.remarks.say(`names of ${this.#name} are too long and shown shortened`, this.merged.shortened);
  }

  #page(offset: number, shows: Shows | null = null): Buffer {
    const { cursors, pageSize } = this.#settings;
    const { texts } = this.merged;
    const end = offset + pageSize;
    const next = end < texts.length ? `,"nextCursor":"${cursors.seal({ version: this.version, offset: end })}"` : '';
    const meta = this.degraded.length === 0 ? '' : `,"_meta":{"waygate/degraded":${JSON.stringify(this.degraded)}}`;
    const page = texts.slice(offset, end);
    const seen = shows?.(this.about.slice(offset, end)) ?? null;
    const shown = seen === null ? page : page.filter((_, i) => seen[i]);
    return Buffer.from(`{"${this.#name}":[${shown.join(',')}]${next}${meta}}`);
  }
}

const itemKinds: Readonly<Record<ListName, McpItem['kind']>> = {
  tools: 'tool',
  prompts: 'prompt',
  resources: 'resource',
  resourceTemplates: 'resource',
};

/**
 * Keeps one copy of equal lists, however many sessions have them: a session then costs references only. Held weakly, so
 * that a list goes with the last session that has it.
 */
export class CatalogueCache {
  readonly #settings: CatalogueSettings;
  readonly #lists = new WeakValues<TargetList>();
  readonly #catalogues = new WeakValues<Catalogue>();
  readonly #latest = new Map<ListName, { readonly catalogue: Catalogue; readonly at: number }>();
  /** Lists of servers without sessions. */
  readonly share: ListShare = new ListShare();
  readonly #last = new Map<string, { readonly list: TargetList; readonly at: number }>();

  constructor(settings: CatalogueSettings) {
    this.#settings = settings;
  }

  /** The list with these items, in the order of their keys, which does not depend on what a server does to its order. */
  list(name: ListName, target: number, items: readonly ListItem[]): TargetList {
    const sorted = items.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    const hash = createHash('sha256');
    for (const item of sorted) hash.update(item.text).update('\0');
    const id = hash.digest('base64');
    const list = this.#lists.get(id, () => ({ id, items: sorted }));
    this.#last.set(`${name}:${target}`, { list, at: monotonicMs() });
    return list;
  }

  /** What any session last saw of a target that is not there now; its names stay taken. */
  last(name: ListName, target: number): TargetList | null {
    return this.#last.get(`${name}:${target}`)?.list ?? null;
  }

  /** The same if it was seen just now: good for finding a name's target, not for showing. */
  recentList(name: ListName, target: number): TargetList | null {
    const last = this.#last.get(`${name}:${target}`);
    return last === undefined || monotonicMs() - last.at >= mcpLimits.namesFreshMs ? null : last.list;
  }

  /** See {@link CatalogueSettings.listTtlMs}. */
  listTtlMs(target: number): number {
    return this.#settings.listTtlMs[target] ?? 0;
  }

  /** The merged list. */
  merge(name: ListName, parts: readonly Part[]): Catalogue {
    const catalogue = this.#make(name, parts, this.#settings.naming);
    this.#latest.set(name, { catalogue, at: monotonicMs() });
    return catalogue;
  }

  /** The merged list of some targets. */
  part(name: ListName, parts: readonly Part[]): Catalogue {
    const { naming } = this.#settings;
    const claims = naming.claims?.looking ?? null;
    return this.#make(name, parts, claims === null ? naming : { ...naming, claims });
  }

  #make(name: ListName, parts: readonly Part[], naming: Naming): Catalogue {
    const { view } = this.#settings;
    const whole = naming === this.#settings.naming;
    const key = `${whole ? '' : 'part of '}${name}:${parts.map(({ list, down }) => `${down ? '-' : ''}${list?.id ?? ''}`).join()}`;
    return this.#catalogues.get(key, () => {
      const input: MergeInput = { kind: listKinds[name], naming, view, parts };
      const degraded = naming.targets.filter((_, target) => parts[target]?.down === true);
      const version = createHash('sha256').update(key).digest('base64url').slice(0, 22);
      return new Catalogue(name, version, mergeLists(input), degraded, this.#settings);
    });
  }

  /** What any session last saw, while that is fresh: good for finding a name's target, not for showing. */
  recent(name: ListName): Catalogue | null {
    const latest = this.#latest.get(name);
    return latest !== undefined && monotonicMs() - latest.at < mcpLimits.namesFreshMs ? latest.catalogue : null;
  }
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
