/** The lists of several targets made one: names and URIs given, selected, changed. */
import { changeItem } from '../../virtual/tool-text.ts';
import { plainLook, type ArgumentRules, type ItemLook, type View } from '../../virtual/view.ts';
import { stringEdits, toolResourcePaths } from '../../wire/2025-11-25/content.ts';
import type { ListKind } from '../../wire/2025-11-25/lists.ts';
import { splice } from '../../wire/json-text.ts';
import type { ListItem, Part } from './catalogue.ts';
import { nameUris } from '../names/name-uris.ts';
import { nameItems, prefixed, type Naming, type Route } from '../names/names.ts';
import { exposeUri } from '../names/uris.ts';

/** What a merge needs. */
export interface MergeInput {
  readonly kind: ListKind;
  readonly naming: Naming;
  readonly view: View | null;
  readonly parts: readonly Part[];
}

/** One list over all targets. */
export interface Merged {
  /** The definitions as clients see them, and their names (or URIs) in the same order. */
  readonly texts: readonly string[];
  readonly names: readonly string[];
  /** What each of them is, in the same order. */
  readonly items: readonly Route[];
  /** Every name that leads somewhere; of resources only those that look the same in front of and behind the gateway. */
  readonly routes: ReadonlyMap<string, Route>;
  /** What is done to the arguments of tools, by {@link routeKey}. */
  readonly rules: ReadonlyMap<string, ArgumentRules>;
  readonly clashes: readonly string[];
  readonly shortened: readonly string[];
  /** Names that a selection asks for and nothing has. */
  readonly missing: readonly string[];
}

/** Identifies what a route leads to. */
export function routeKey(route: Route): string {
  return `${route.target}:${route.name}`;
}

/** Merges the lists; the result depends on the input only. */
export function mergeLists(input: MergeInput): Merged {
  return input.kind.field === 'name' ? mergeNamed(input) : mergeUris(input);
}

function mergeNamed({ kind, naming, view, parts }: MergeInput): Merged {
  const { targets } = naming;
  const several = targets.length > 1;
  const isTools = kind.name === 'tools';
  const table = nameItems(
    naming,
    parts.map(({ list }) => list?.items.map((item) => item.key) ?? []),
    isTools,
  );
  const texts: string[] = [];
  const names: string[] = [];
  const items: Route[] = [];
  const rules = new Map<string, ArgumentRules>();
  const chosen = new Map<string, string>();
  const given = new Map<string, Route>();
  const clashes = [...table.clashes];
  const looks = parts.map(({ list }, target) =>
    (list?.items ?? []).map((item, i) => {
      const full = prefixed(targets[target] ?? '', item.key);
      return lookOf(view, isTools, table.shown[target]?.[i] ?? full, full);
    }),
  );
  const named = namesOfRules(parts, looks);
  for (const [target, { list, down }] of parts.entries()) {
    const label = targets[target] ?? '';
    for (const [i, item] of (list?.items ?? []).entries()) {
      const own = table.shown[target]?.[i] ?? null;
      const full = prefixed(label, item.key);
      const look = looks[target]?.[i] ?? null;
      if (look === null) continue;
      const route = { target, name: item.key };
      const key = routeKey(route);
      if (look.arguments !== null) rules.set(key, look.arguments);
      const shown = look.name ?? own;
      chosen.set(key, full);
      if (shown === null) continue;
      if (given.has(shown) || (named.get(shown) ?? key) !== key) {
        clashes.push(shown);
        continue;
      }
      given.set(shown, route);
      if (down) continue;
      const linked = several && isTools ? withViewUris(item, label) : item.text;
      const changed = look === plainLook ? linked : changeItem(linked, look);
      texts.push(shown === item.key ? changed : rename(item, changed, shown));
      names.push(shown);
      items.push(route);
    }
  }
  const routes = view === null ? table.routes : selectRoutes(table.routes, given, chosen);
  const { shortened } = table;
  return { texts, names, items, routes, rules, clashes, shortened, missing: missingNames(view, isTools, parts, looks) };
}

function missingNames(
  view: View | null,
  isTools: boolean,
  parts: readonly Part[],
  looks: readonly (readonly (ItemLook | null)[])[],
): readonly string[] {
  // What is away may have them.
  if (view === null || parts.some(({ down }) => down)) return [];
  const used = new Set(looks.flat());
  return view.single(isTools).flatMap((rule) => (used.has(rule) ? [] : [rule.match]));
}

/** Who has each of the names that rules give, by {@link routeKey}: the file goes before everything else. */
function namesOfRules(
  parts: readonly Part[],
  looks: readonly (readonly (ItemLook | null)[])[],
): ReadonlyMap<string, string> {
  const named = new Map<string, string>();
  for (const [target, { list }] of parts.entries()) {
    for (const [i, { key: name }] of (list?.items ?? []).entries()) {
      const wanted = looks[target]?.[i]?.name ?? null;
      if (wanted !== null && !named.has(wanted)) named.set(wanted, routeKey({ target, name }));
    }
  }
  return named;
}

function lookOf(view: View | null, isTools: boolean, shown: string, full: string): ItemLook | null {
  if (view === null) return plainLook;
  return isTools ? view.tool(shown, full) : view.prompt(shown, full);
}

/** The routes to what is selected: under the names that it is given, and under its other names where these are free. */
function selectRoutes(
  all: ReadonlyMap<string, Route>,
  given: ReadonlyMap<string, Route>,
  chosen: ReadonlyMap<string, string>,
): ReadonlyMap<string, Route> {
  const routes = new Map(given);
  for (const [name, route] of all) {
    if (chosen.has(routeKey(route)) && !routes.has(name)) routes.set(name, route);
  }
  return routes;
}

function mergeUris({ naming, view, parts }: MergeInput): Merged {
  const table = nameUris(
    naming,
    parts.map(({ list }) => list?.items.map((item) => item.key) ?? []),
  );
  const texts: string[] = [];
  const names: string[] = [];
  const items: Route[] = [];
  for (const [target, { list, down }] of parts.entries()) {
    for (const [i, item] of (list?.items ?? []).entries()) {
      const shown = table.shown[target]?.[i] ?? item.key;
      const full = naming.targets.length > 1 ? exposeUri(naming.targets[target] ?? '', item.key) : item.key;
      if (down || (view !== null && !view.resource(full, item.key))) continue;
      texts.push(shown === item.key ? item.text : rename(item, item.text, shown));
      names.push(shown);
      items.push({ target, name: item.key });
    }
  }
  return { texts, names, items, routes: table.routes, rules: new Map(), clashes: [], shortened: [], missing: [] };
}

/** `text` (the item's own, or what was made of it) with another key. */
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
