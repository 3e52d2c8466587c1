import type { RequestHead } from '../../../net/http/message.ts';

const documents: ReadonlySet<string> = new Set(['document', 'iframe', 'frame', 'embed', 'object']);

/**
 * Whether a browser would show the answer as a page, so that a way to sign in is of use to it. Requests of scripts, of
 * other programs and for prefetching are not: a redirect to another origin only confuses them.
 */
export function isNavigation({ method, headers, upgrade }: RequestHead): boolean {
  if ((method !== 'GET' && method !== 'HEAD') || upgrade !== '') return false;
  if (headers.has('sec-purpose') || headers.get('x-requested-with') === 'XMLHttpRequest') return false;
  // https://www.w3.org/TR/fetch-metadata/: every current browser sends them, over TLS or to localhost.
  const mode = headers.get('sec-fetch-mode');
  if (mode !== undefined) return mode === 'navigate' && documents.has(headers.get('sec-fetch-dest') ?? 'document');
  return headers.combined('accept')?.toLowerCase().includes('text/html') === true;
}
