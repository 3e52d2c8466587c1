import { createHash } from 'node:crypto';

/** What a session remembers of who opened it: a digest of 128 bits, '' for nobody in particular. */
export function principalDigest(principal: string): string {
  if (principal === '') return '';
  return createHash('sha256').update(principal).digest('base64url').slice(0, 22);
}
