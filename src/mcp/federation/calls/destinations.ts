/** What a request of a client leads to: by what is listed, never by taking names apart. */
import { checkAccess } from '../../access.ts';
import { applyArguments } from '../../virtual/tool-text.ts';
import type { ArgumentRules, View } from '../../virtual/view.ts';
import { memberEdits } from '../../wire/2025-11-25/rewrite.ts';
import { locate, type Edit, type Span } from '../../wire/json-text.ts';
import { codes, isObject, RpcError, type Message } from '../../wire/jsonrpc.ts';
import type { McpRecord } from '../../record.ts';
import type { Catalogue } from '../lists/catalogue.ts';
import type { Caller } from '../caller.ts';
import type { Federation } from '../federation.ts';
import { routeKey } from '../lists/merge.ts';
import { alwaysPrefixes, prefixed, type Naming, type Route } from '../names/names.ts';

/** A target, and what must change in the params of the request on its way there. */
export interface Destination {
  readonly target: number;
  readonly edits: Edit[];
}

/** What a name leads to, with what is done to the arguments of a tool. */
export interface Resolved {
  readonly route: Route;
  readonly rules: ArgumentRules | null;
}

/** Where a name leads; null when nowhere. Rejects with TargetError when the name may be one of a target that is not there. */
export function resolve(
  federation: Federation,
  record: McpRecord,
  name: 'tools' | 'prompts',
  shown: string,
): Resolved | null | Promise<Resolved | null> {
  const known = federation.lists.known(name);
  const found = known === null ? null : find(known, shown);
  if (found !== null) return found;
  const { naming, view } = federation.settings;
  const [single = ''] = naming.targets;
  const open = view === null && naming.targets.length === 1 && naming.prefixMode !== 'always';
  // A single server with bare names knows its own; it may even accept what it does not list.
  if (open && !shown.startsWith(prefixed(single, '')) && !renames(naming.aliases)) return plain(0, shown);
  const owners = possibleOwners(naming, view, shown);
  if (owners.length === 0) return null;
  const table =
    owners.length < naming.targets.length ? federation.lists.some(name, owners) : federation.lists.table(name);
  const fallback = open ? plain(0, shown) : null;
  const late = (loaded: Catalogue): Resolved | null | Promise<null> =>
    find(loaded, shown) ?? fallback ?? refuseUnseen(federation, record, name, shown);
  if (!(table instanceof Promise)) return late(table);
  const early = view === null && naming.prefixMode === 'onClash' ? findEarly(federation, name, shown) : null;
  if (early === null) return table.then(late);
  // Nobody may be there to see it fail.
  table.catch((error: unknown) => {
    federation.settings.log.error('mcp: a list could not be made', { list: name, error: String(error) });
  });
  return early.then((one) => one ?? table.then(late));
}

/**
 * Where a bare name leads that a target has before which nobody comes: it is its, whatever slower targets after it have.
 * Null when it must be known what all have.
 */
async function findEarly(federation: Federation, name: 'tools' | 'prompts', shown: string): Promise<Resolved | null> {
  const { targets, aliases } = federation.settings.naming;
  if (aliases.some((own) => own.values().some((alias) => alias === shown))) return null;
  for (let count = 1; count < targets.length; count++) {
    const asked = targets.slice(0, count).map((_, target) => target);
    const found = find(await federation.lists.some(name, asked), shown);
    // Another name than the target's own may be a later target's own.
    if (found !== null) return found.route.name === shown ? found : null;
  }
  return null;
}

/** Where the `tools/call` or `prompts/get` of a caller goes. */
export function namedDestination(
  federation: Federation,
  caller: Caller,
  kind: 'tool' | 'prompt',
  shown: string,
): Destination | Promise<Destination> {
  checkArguments(caller.message);
  const resolved = resolveNamed(federation, caller, kind, shown);
  return resolved instanceof Promise
    ? resolved.then((one) => destination(caller, one, shown))
    : destination(caller, resolved, shown);
}

function destination({ message: { bodyText } }: Caller, { route, rules }: Resolved, shown: string): Destination {
  const edits = route.name === shown ? [] : memberEdits(bodyText, ['name'], JSON.stringify(route.name));
  if (rules !== null) editArguments(bodyText, (text) => applyArguments(text, rules), edits);
  return { target: route.target, edits };
}

/** Throws RpcError unless the arguments of a call are an object, or absent. */
export function checkArguments({ params }: Message): void {
  const given = params?.['arguments'];
  if (given !== undefined && !isObject(given)) {
    throw new RpcError(codes.invalidParams, 'Invalid param: arguments must be an object');
  }
}

/** What a name leads to, noted in the caller's record. @throws RpcError when it is unknown, or not for the caller. */
export function resolveNamed(
  federation: Federation,
  caller: Caller,
  kind: 'tool' | 'prompt',
  shown: string,
  given: unknown = caller.message.params?.['arguments'],
): Resolved | Promise<Resolved> {
  const resolved = resolve(federation, caller.record, kind === 'tool' ? 'tools' : 'prompts', shown);
  return resolved instanceof Promise
    ? resolved.then((one) => permitted(federation, caller, kind, shown, given, one))
    : permitted(federation, caller, kind, shown, given, resolved);
}

function permitted(
  federation: Federation,
  caller: Caller,
  kind: 'tool' | 'prompt',
  shown: string,
  given: unknown,
  resolved: Resolved | null,
): Resolved {
  if (resolved === null) throw new RpcError(codes.invalidParams, `Unknown ${kind}: ${shown.slice(0, 200)}`);
  const { target, name } = resolved.route;
  const item = { kind, target: federation.settings.naming.targets[target] ?? '', name };
  checkAccess(caller.access, caller.message.method, item, shown, given);
  caller.record.resourceType = kind;
  caller.record.resourceName = resolved.route.name;
  return resolved;
}

/** Adds to `edits` what makes `change(text)` of the text of a call's arguments; '' when there are none. */
export function editArguments(params: string, change: (text: string) => string, edits: Edit[]): void {
  const spans: Span[] = [];
  locate(params, 0, ['arguments'], spans);
  for (const span of spans) edits.push({ ...span, text: change(params.slice(span.start, span.end)) });
  if (spans.length === 0) edits.push({ start: 1, end: 1, text: `"arguments":${change('')},` });
}

/** The targets that must be asked for what a name leads to: all, but where every name says its target. */
function possibleOwners({ prefixMode, targets, aliases }: Naming, view: View | null, shown: string): readonly number[] {
  const all = view !== null || renames(aliases) || !alwaysPrefixes(prefixMode, targets.length);
  return targets.flatMap((target, i) => (all || shown.startsWith(prefixed(target, '')) ? [i] : []));
}

function find({ merged }: Catalogue, shown: string): Resolved | null {
  const route = merged.routes.get(shown);
  if (route === undefined) return null;
  return { route, rules: merged.rules.size === 0 ? null : (merged.rules.get(routeKey(route)) ?? null) };
}

function plain(target: number, name: string): Resolved {
  return { route: { target, name }, rules: null };
}

function renames(aliases: readonly ReadonlyMap<string, string>[]): boolean {
  return aliases.some((own) => own.size > 0);
}

/** Rejects, for a name that begins like those of a target whose names nobody knows, with why that cannot be reached. */
async function refuseUnseen(
  federation: Federation,
  record: McpRecord,
  name: 'tools' | 'prompts',
  shown: string,
): Promise<null> {
  for (const target of federation.lists.unseen(name)) {
    const label = federation.settings.naming.targets[target] ?? '';
    if (!shown.startsWith(prefixed(label, ''))) continue;
    record.target = label;
    await federation.reach(target);
  }
  return null;
}
