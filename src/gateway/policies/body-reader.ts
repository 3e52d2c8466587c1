import { bodyTooLarge } from '../../base/errors.ts';
import type { Expressions } from '../attributes/expressions.ts';
import type { Policy } from './policy.ts';

/** Bytes of the body that `request.bodyPrefix` shows. */
export const bodyPrefixBytes = 8192;

/**
 * What has to run before all other policies of a route so that its expressions can see the body: reading it whole for
 * `request.body`, its beginning for `request.bodyPrefix`, nothing (null) where no expression names either.
 */
export function bodyReader(expressions: Expressions, maxBytes: number): Policy | null {
  if (expressions.reads('request.body')) {
    return {
      kind: 'requestBody',
      request: function readBody(x) {
        if (x.request.bodyLength === 0) return undefined;
        if (x.request.bodyLength > maxBytes) throw bodyTooLarge(maxBytes);
        return x.body.whole(maxBytes).then(() => undefined);
      },
      response: null,
    };
  }
  if (!expressions.reads('request.bodyPrefix')) return null;
  return {
    kind: 'requestBodyPrefix',
    request: function readBodyPrefix(x) {
      return x.request.bodyLength === 0 ? undefined : x.body.prefetch(bodyPrefixBytes);
    },
    response: null,
  };
}
