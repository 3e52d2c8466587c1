import { olderToolsPage } from '../../adapt/tools.ts';
import { metaTools } from '../../virtual/search.ts';
import { listKinds, type ListName } from '../../wire/2025-11-25/lists.ts';
import { codes, RpcError } from '../../wire/jsonrpc.ts';
import type { Caller } from '../caller.ts';
import type { Catalogue, Shows } from './catalogue.ts';
import type { Federation } from '../federation.ts';

/**
 * The text of the result that answers a list request.
 * @throws RpcError `-32602` for a cursor that we did not make, or of a list that has changed since.
 */
export function listPage(federation: Federation, name: ListName, caller: Caller): Uint8Array | Promise<Uint8Array> {
  const cursor = caller.message.params?.['cursor'];
  if (name === 'tools' && federation.settings.search) {
    if (cursor !== undefined) throw staleCursor();
    return metaTools;
  }
  const catalogue = federation.lists.get(name);
  const shows = showsTo(name, caller);
  const show = name === 'tools' && !federation.client.sessionless ? olderToolsPage : asItIs;
  return catalogue instanceof Promise
    ? catalogue.then((one) => show(pageOf(one, cursor, shows)))
    : show(pageOf(catalogue, cursor, shows));
}

/** What a caller may see of a list; null: everything. */
export function showsTo(name: ListName, { access }: Caller): Shows | null {
  return access === null || access.showsAll === true ? null : (items) => access.shows(listKinds[name].method, items);
}

function asItIs(page: Uint8Array): Uint8Array {
  return page;
}

function pageOf(catalogue: Catalogue, cursor: unknown, shows: Shows | null): Uint8Array {
  if (cursor === undefined) return catalogue.bodyFor(shows);
  const page = typeof cursor === 'string' ? catalogue.page(cursor, shows) : null;
  if (page === null) throw staleCursor();
  return page;
}

function staleCursor(): RpcError {
  return new RpcError(codes.invalidParams, 'Invalid cursor: unknown, or of a list that has changed; start again');
}
