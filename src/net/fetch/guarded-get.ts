import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import type { RequestOptions } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from './public-address.ts';

/** What a URL that someone else chose may make the gateway do. */
export interface FetchGuard {
  /** Whether a host may be asked; lower case, without port. */
  allows(host: string): boolean;
  /** Addresses of private networks may be asked too. */
  readonly privateAddresses: boolean;
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/** What a URL gave. */
export interface Fetched {
  /** Lower case, without parameters; '' where the server names none. */
  readonly mediaType: string;
  readonly body: Buffer;
}

/** Why a URL was not fetched; the message is fit for the one who named it. */
export class FetchRefused extends Error {
  override readonly name = 'FetchRefused';
}

const maximumRedirects = 3;

/**
 * Gets a URL of someone else's choice. Hosts and the addresses that they resolve to are checked on each redirect, and the
 * connection goes to the address that was checked, so that a name which changes its address gains nothing.
 *
 * @throws FetchRefused
 */
export async function guardedGet(url: string, guard: FetchGuard, signal: AbortSignal): Promise<Fetched> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(guard.timeoutMs)]);
  let target = url;
  for (let redirects = 0; redirects <= maximumRedirects; redirects += 1) {
    const answer = await getOnce(checked(target, guard), guard, deadline);
    if (!('location' in answer)) return answer;
    target = URL.parse(answer.location, target)?.href ?? answer.location;
  }
  throw new FetchRefused(`more than ${maximumRedirects} redirects`);
}

function checked(text: string, guard: FetchGuard): URL {
  const url = URL.parse(text);
  if (url === null) throw new FetchRefused('this is no URL');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new FetchRefused('only http and https are fetched');
  if (url.username !== '' || url.password !== '') throw new FetchRefused('the URL holds a credential');
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (!guard.allows(host)) throw new FetchRefused(`the host ${host} is not among those that may be asked`);
  if (isIP(host) !== 0) checkAddress(host, guard);
  return url;
}

function checkAddress(address: string, guard: FetchGuard): void {
  if (guard.privateAddresses || isPublicAddress(address)) return;
  throw new FetchRefused('the host has an address that is not public');
}

function getOnce(url: URL, guard: FetchGuard, signal: AbortSignal): Promise<Fetched | { readonly location: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<Fetched | { readonly location: string }>();
  const refuse = (error: Error): void => {
    reject(error instanceof FetchRefused ? error : new FetchRefused(reasonOf(error, signal), { cause: error }));
  };
  const options: RequestOptions = {
    agent: false,
    signal,
    lookup: guardedLookup(guard),
    headers: { accept: '*/*', 'accept-encoding': 'identity' },
  };
  // Loaded when they are needed: few configurations fetch anything, and the two take megabytes.
  const { get } = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http');
  const request = get(url, options, (response) => {
    const { statusCode = 0, headers } = response;
    if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
      response.destroy();
      resolve({ location: headers.location });
      return;
    }
    if (statusCode !== 200) {
      response.destroy();
      refuse(new FetchRefused(`the server answered with status ${statusCode}`));
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      size += chunk.byteLength;
      if (size > guard.maxBytes) response.destroy(new FetchRefused(`it is larger than ${guard.maxBytes} bytes`));
      else chunks.push(chunk);
    });
    response.on('error', refuse);
    response.on('end', () => {
      const mediaType = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
      resolve({ mediaType, body: Buffer.concat(chunks) });
    });
  });
  request.on('error', refuse);
  return promise;
}

function reasonOf(error: Error, signal: AbortSignal): string {
  return signal.aborted ? 'it took too long' : `the server could not be reached: ${error.message}`;
}

/** Resolves a name and refuses it where any of its addresses is not allowed. */
function guardedLookup(guard: FetchGuard): LookupFunction {
  return (hostname, options, callback) => {
    systemLookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      try {
        for (const { address } of addresses ?? []) checkAddress(address, guard);
      } catch (refused) {
        callback(refused as Error, []);
        return;
      }
      if (error !== null) callback(error, []);
      else if (options.all === true) callback(null, addresses);
      else callback(null, addresses[0]?.address ?? '', addresses[0]?.family ?? 4);
    });
  };
}
