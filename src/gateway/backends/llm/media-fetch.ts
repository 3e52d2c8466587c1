import { PivotRefusal } from '../../../llm/pivot/drops.ts';
import type { FetchedMedia, MediaUrl } from '../../../llm/translate/media.ts';
import type { MediaFetchSpec } from '../../../model/llm.ts';
import { FetchRefused, guardedGet, type FetchGuard } from '../../../net/fetch/guarded-get.ts';

/** Most URLs that are fetched for one request. */
const mostUrls = 32;

/** Compiles what may be fetched. */
export function compileFetchGuard({ allow, privateAddresses, maxBytes, timeoutMs }: MediaFetchSpec): FetchGuard {
  const hosts = allow.map((host) => host.toLowerCase());
  const allows = (host: string): boolean =>
    hosts.some(
      (pattern) => pattern === '*' || pattern === host || (pattern.startsWith('*.') && host.endsWith(pattern.slice(1))),
    );
  return { allows, privateAddresses, maxBytes, timeoutMs };
}

/**
 * Fetches what a request names by URL, all at once.
 *
 * @param held Takes the number of bytes of each, and may throw to refuse them.
 * @throws PivotRefusal that says which URL cannot be fetched, and why
 */
export async function fetchMedia(
  urls: readonly MediaUrl[],
  guard: FetchGuard,
  signal: AbortSignal,
  held: (bytes: number) => void,
): Promise<ReadonlyMap<string, FetchedMedia>> {
  if (urls.length > mostUrls)
    throw new PivotRefusal('messages', () => `more than ${mostUrls} URLs of pictures and documents`);
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  try {
    const found = await Promise.all(
      urls.map(async ({ url, at }): Promise<readonly [string, FetchedMedia]> => {
        const { mediaType, body } = await guardedGet(url, guard, both).catch((error: unknown) => {
          if (!(error instanceof FetchRefused)) throw error;
          throw new PivotRefusal('messages', () => `${url} was not fetched: ${error.message}`, { at });
        });
        held(body.byteLength);
        return [url, { mediaType, data: body }];
      }),
    );
    return new Map(found);
  } catch (error) {
    failed.abort();
    throw error;
  }
}
