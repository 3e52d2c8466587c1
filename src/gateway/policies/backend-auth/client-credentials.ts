import type { TokenOrigin } from '../../../model/policies/backend-auth.ts';
import type { BackendAuthSpec, CredentialLocation } from '../../../model/policy.ts';
import type { HeaderList } from '../../../net/http/headers.ts';
import { bearer, credentialAt } from '../../credentials/place.ts';
import type { Exchange } from '../../exchange.ts';

/** Where clients have the credentials that an upstream gets, or gets others for; expressions have no place. */
export function clientCredentials(auth: BackendAuthSpec | undefined): readonly CredentialLocation[] {
  switch (auth?.kind) {
    case 'passthrough':
      return [auth.location ?? bearer];
    case 'tokenExchange':
      return [auth.subject.origin, ...(auth.actor === undefined ? [] : [auth.actor.origin])].filter(isPlace);
    case 'crossAppAccess':
      return [auth.subject.origin].filter(isPlace);
    default:
      return [];
  }
}

function isPlace(origin: TokenOrigin): origin is CredentialLocation {
  return origin.kind !== 'expression';
}

/** True for the place where a token stands that authentication takes out. */
export function isBearerPlace(location: CredentialLocation): boolean {
  return location.kind === 'header' && location.name === 'authorization';
}

/** The fields of a request with the token in its place that authentication took out, whatever else stands there. */
export function fieldsWithCredential({ request, credential }: Exchange): HeaderList {
  const { headers } = request;
  if (credential === null) return headers;
  const copy = headers.clone();
  copy.set('authorization', `Bearer ${credential}`);
  return copy;
}

/** Keeps the client's token for what is made from it, before its field is taken out for another credential. */
export function keepCredential(x: Exchange): void {
  x.credential ??= credentialAt(x.request, bearer);
}

/** True when a part of the model has a credential that is made from the client's. */
export function usesClientToken(part: unknown): boolean {
  if (typeof part !== 'object' || part === null || part instanceof Uint8Array) return false;
  if ('kind' in part && (part.kind === 'tokenExchange' || part.kind === 'crossAppAccess')) return true;
  return (part instanceof Map ? [...part.values()] : Object.values(part)).some(usesClientToken);
}
