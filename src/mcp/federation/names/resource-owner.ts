/** Whose a resource URI is, and what clients call it. */
import { codes, RpcError, type Message } from '../../wire/jsonrpc.ts';
import { matchesTemplate } from '../../wire/uri-template.ts';
import type { Federation } from '../federation.ts';
import type { Route } from './names.ts';
import { exposeUri, mayStayBare, ownUri } from './uris.ts';

/** A target, and a resource's URI as that knows it. */
export interface Owned {
  readonly target: number;
  readonly uri: string;
}

/**
 * Who may have what a client names, in the order to ask them. `{target}+{uri}` leads to its target; a URI without one
 * to the target that lists it, or else to those with a template for it, or else to all that have resources.
 * @throws RpcError when nobody can have it.
 */
export function owners(federation: Federation, uri: string): readonly Owned[] | Promise<readonly Owned[]> {
  const known = knownOwners(federation, uri);
  if (known.sure) return admitted(federation, uri, known.owners);
  return refreshUris(federation).then(() => admitted(federation, uri, knownOwners(federation, uri).owners));
}

/** The first of them by what is known now; null when nobody is. */
export function knownOwner(federation: Federation, uri: string): Owned | null {
  return knownOwners(federation, uri).owners.find((own) => isAdmitted(federation, uri, own)) ?? null;
}

/** The URI of a target's resource as clients see it: as in the lists, and such that it leads back to that target. */
export function shownUri(federation: Federation, target: number, uri: string): string {
  const { targets } = federation.settings.naming;
  if (!federation.several) return uri;
  if (staysBare(federation) && mayStayBare(targets, uri)) {
    const [first, second] = bareOwners(federation, uri).owners;
    if (first?.target === target && second === undefined) return uri;
  }
  return exposeUri(targets[target] ?? '', uri);
}

/** Waits until it is known what {@link shownUri} needs for the URIs of a result; null when nobody needs to wait. */
export function uriLists(federation: Federation, reply: Message): Promise<void> | null {
  if (!staysBare(federation) || reply.kind !== 'result' || !reply.bodyText.includes('"uri"')) return null;
  return knowUris(federation);
}

/** The same for URIs that a client names; null when nobody needs to wait. */
export function knowUris(federation: Federation): Promise<void> | null {
  const { lists } = federation;
  if (!staysBare(federation)) return null;
  if (lists.known('resources') !== null && lists.known('resourceTemplates') !== null) return null;
  return refreshUris(federation);
}

/** `sure`: asking for the lists again would make no difference. */
interface KnownOwners {
  readonly owners: readonly Owned[];
  readonly sure: boolean;
}

function knownOwners(federation: Federation, uri: string): KnownOwners {
  const { naming } = federation.settings;
  if (!federation.several) return { owners: [{ target: 0, uri }], sure: true };
  const own = ownUri(naming.targets, uri);
  if (own !== null) return { owners: [own], sure: true };
  if (staysBare(federation)) return bareOwners(federation, uri);
  const web = federation.lists.known('resources')?.merged.routes.get(uri);
  return { owners: web === undefined ? [] : [owned(web)], sure: true };
}

/** Who may have a URI that does not say its target. */
function bareOwners({ lists, upstreams }: Federation, uri: string): KnownOwners {
  const templates = lists.known('resourceTemplates')?.merged.routes;
  const listed = lists.known('resources')?.merged.routes.get(uri) ?? templates?.get(uri);
  if (listed !== undefined) return { owners: [owned(listed)], sure: true };
  const made = new Set<number>();
  for (const { target, name } of templates?.values() ?? []) if (matchesTemplate(name, uri)) made.add(target);
  const having = upstreams.filter(({ hello }) => hello === null || hello.resources).map(({ index }) => index);
  const found = made.size > 0 ? [...made].toSorted((a, b) => a - b) : having;
  return { owners: found.map((target) => ({ target, uri })), sure: false };
}

function owned({ target, name }: Route): Owned {
  return { target, uri: name };
}

function staysBare({ several, settings }: Federation): boolean {
  return several && settings.naming.prefixMode === 'onClash';
}

async function refreshUris({ lists }: Federation): Promise<void> {
  await Promise.all([lists.table('resources'), lists.table('resourceTemplates')]);
}

function admitted(federation: Federation, uri: string, found: readonly Owned[]): readonly Owned[] {
  const all = found.filter((own) => isAdmitted(federation, uri, own));
  if (all.length > 0) return all;
  throw new RpcError(codes.resourceNotFound, `Resource not found: ${uri.slice(0, 500)}`);
}

function isAdmitted(federation: Federation, uri: string, own: Owned): boolean {
  const { view, naming } = federation.settings;
  // However a client names it, the selection is made by the same two forms.
  const exposed = staysBare(federation) ? exposeUri(naming.targets[own.target] ?? '', own.uri) : uri;
  return view === null || view.resource(exposed, own.uri);
}
