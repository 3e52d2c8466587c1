import type { Exchange } from '../../exchange.ts';

/** Where the metadata of protected resources is (RFC 9728 §3.1): the resource's path comes after it. */
export const resourceWellKnown = '/.well-known/oauth-protected-resource';

/** Where the metadata of authorization servers is (RFC 8414 §3.1). */
export const serverWellKnown = '/.well-known/oauth-authorization-server';

/** How clients reach this gateway: the configured resource knows of what stands before it. */
export function publicOrigin({ request, record }: Exchange, resource: unknown): string {
  return typeof resource === 'string' ? new URL(resource).origin : `${request.scheme}://${record.authority}`;
}

/** What of `path` comes after a well-known path: '' or a path; null: it is another one. */
export function pathAfter(wellKnown: string, path: string): string | null {
  if (!path.startsWith(wellKnown)) return null;
  const rest = path.slice(wellKnown.length);
  return rest === '' || rest.startsWith('/') ? rest.replace(/\/$/, '') : null;
}
