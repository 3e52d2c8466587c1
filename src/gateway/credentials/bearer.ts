import type { RequestHead } from '../../net/http/message.ts';
import type { RequestSigner } from '../upstream/upstream.ts';
import type { CachedToken } from './cached-token.ts';

/** A bearer token (RFC 6750) with fields that go with it. */
export interface BearerToken {
  readonly token: string;
  /** Sent where the request does not have them. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** Puts the token into the Authorization field. */
export function bearerSigner(source: CachedToken<BearerToken>): RequestSigner {
  return {
    coversBody: false,
    sign(head) {
      const bearer = source.get();
      if (bearer instanceof Promise) return bearer.then((fetched) => put(head, fetched));
      return put(head, bearer);
    },
  };
}

function put({ headers }: RequestHead, { token, fields = {} }: BearerToken): void {
  headers.set('authorization', `Bearer ${token}`);
  for (const [name, value] of Object.entries(fields)) if (!headers.has(name)) headers.append(name, value);
}
