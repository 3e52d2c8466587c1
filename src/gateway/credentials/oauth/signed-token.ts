import { wallMs } from '../../../base/clock.ts';
import type { JwtSignSpec } from '../../../model/policies/backend-auth.ts';
import type { RequestSigner } from '../../upstream/upstream.ts';
import { bearer, compilePut } from '../place.ts';
import { compileSigner } from './jwt-signer.ts';

/** A token is replaced in the last fifth of its life. */
const usedShare = 0.8;

/**
 * Signs with a JWT that is made here. One token serves many requests, because a signature costs a millisecond.
 *
 * @throws Error where the key does not go with the algorithm.
 */
export function jwtSigner(spec: JwtSignSpec, now: () => number = wallMs): RequestSigner {
  const sign = compileSigner(spec);
  const put = compilePut(spec.location ?? bearer);
  let token = '';
  let untilMs = 0;
  return {
    coversBody: false,
    sign(head) {
      const at = now();
      if (at >= untilMs) {
        const iat = Math.floor(at / 1000);
        token = sign({ ...spec.claims, iat, exp: iat + Math.ceil(spec.ttlMs / 1000) });
        untilMs = iat * 1000 + spec.ttlMs * usedShare;
      }
      put(head, token);
    },
  };
}
