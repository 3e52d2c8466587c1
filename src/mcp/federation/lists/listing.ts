import { olderToolsPage } from '../../adapt/tools.ts';
import { metaTools } from '../../virtual/search.ts';
import type { ListName } from '../../wire/2025-11-25/lists.ts';
import { codes, RpcError } from '../../wire/jsonrpc.ts';
import type { Catalogue } from './catalogue.ts';
import type { Federation } from '../federation.ts';

/**
 * The text of the result that answers a list request.
 * @param cursor Of the page that is asked for; undefined for the first.
 * @throws RpcError `-32602` for a cursor that we did not make, or of a list that has changed since.
 */
export function listPage(federation: Federation, name: ListName, cursor: unknown): Uint8Array | Promise<Uint8Array> {
  if (name === 'tools' && federation.settings.search) {
    if (cursor !== undefined) throw staleCursor();
    return metaTools;
  }
  const catalogue = federation.lists.get(name);
  const show = name === 'tools' && !federation.client.sessionless ? olderToolsPage : asItIs;
  return catalogue instanceof Promise
    ? catalogue.then((one) => show(pageOf(one, cursor)))
    : show(pageOf(catalogue, cursor));
}

function asItIs(page: Uint8Array): Uint8Array {
  return page;
}

function pageOf(catalogue: Catalogue, cursor: unknown): Uint8Array {
  if (cursor === undefined) return catalogue.body;
  const page = typeof cursor === 'string' ? catalogue.page(cursor) : null;
  if (page === null) throw staleCursor();
  return page;
}

function staleCursor(): RpcError {
  return new RpcError(codes.invalidParams, 'Invalid cursor: unknown, or of a list that has changed; start again');
}
