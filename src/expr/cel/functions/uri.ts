import { noSuchKey } from '../errors.ts';
import { maxSize, tooLarge } from '../limits.ts';
import { list, string } from '../types.ts';
import type { CelResult } from '../values.ts';
import { member, overload, type Callable } from './table.ts';

/** A URI reference split around its query. */
function splitQuery(uri: string): { before: string; query: string; after: string } {
  const hash = uri.indexOf('#');
  const end = hash < 0 ? uri.length : hash;
  const mark = uri.slice(0, end).indexOf('?');
  const start = mark < 0 ? end : mark;
  return { before: uri.slice(0, start), query: uri.slice(start + 1, end), after: uri.slice(end) };
}

/** Every value of a query parameter. */
function query(uri: string, name: string): CelResult {
  const values = new URLSearchParams(`?${splitQuery(uri).query}`).getAll(name);
  return values.length > 0 ? values : noSuchKey(name);
}

function changed(uri: string, change: (params: URLSearchParams) => void): CelResult {
  const parts = splitQuery(uri);
  const params = new URLSearchParams(`?${parts.query}`);
  change(params);
  const text = `${parts.before}?${params.toString()}${parts.after}`;
  return text.length > maxSize ? tooLarge : text;
}

function addQuery(uri: string, name: string, value: string): CelResult {
  return changed(uri, (params) => params.append(name, value));
}

/** All earlier values go, and the new one comes last. */
function setQuery(uri: string, name: string, value: string): CelResult {
  return changed(uri, (params) => {
    params.delete(name);
    params.append(name, value);
  });
}

/** Query helpers on `request.uri`, `request.pathAndQuery` and any other text of that form. */
export const uriFunctions: readonly Callable[] = [
  member('query', overload([string, string], list(string), query)),
  member('addQuery', overload([string, string, string], string, addQuery)),
  member('setQuery', overload([string, string, string], string, setQuery)),
];
