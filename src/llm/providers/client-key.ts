import type { CredentialLocation } from '../../model/policy.ts';
import type { HeaderList } from '../../net/http/headers.ts';
import { decoded } from '../request/decoded.ts';

/** Fields in which clients of LLM APIs send a bare key. */
const keyFields = ['x-api-key', 'x-goog-api-key', 'api-key'];

const bearer = /^bearer +(\S+)$/i;

/**
 * Moves the client's own credential to where the provider looks for it: a client of one API does not know that another
 * vendor's answers. Left alone where there is none, or more than one.
 *
 * @param placeOf Where the provider wants a key; undefined: `Authorization: Bearer`.
 */
export function moveClientKey(fields: HeaderList, placeOf: (key: string) => CredentialLocation | undefined): void {
  const found = keyFields.filter((name) => fields.has(name));
  const authorization = fields.get('authorization');
  const [name] = found;
  if (found.length + (authorization === undefined ? 0 : 1) !== 1) return;
  const key = name === undefined ? bearer.exec(authorization ?? '')?.[1] : fields.get(name);
  if (key === undefined || key === '') return;
  const place = placeOf(key) ?? { kind: 'header', name: 'authorization', prefix: 'Bearer ' };
  const from = name ?? 'authorization';
  if (place.kind !== 'header' || place.name === from) return;
  fields.delete(from);
  fields.set(place.name, place.prefix + key);
}

/** Parameters in which clients of Google's and Azure's APIs may send their key. */
const keyParameters: ReadonlySet<string> = new Set(['key', 'api-key']);

/** The query without the client's key, for a provider for which the gateway has its own. @param query With its `?`, or ''. */
export function withoutKey(query: string): string {
  if (!/key|%/.test(query)) return query;
  const parameters = query.slice(1).split('&');
  const kept = parameters.filter((parameter) => !keyParameters.has(decoded(parameter.split('=', 1)[0] ?? '')));
  if (kept.length === parameters.length) return query;
  return kept.length === 0 ? '' : `?${kept.join('&')}`;
}
