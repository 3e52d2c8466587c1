import { createHash } from 'node:crypto';

/** A response's id as clients carry it: the provider's own and who made it. */
export interface SealedId {
  readonly id: string;
  readonly key: string;
}

const sealed = /^(.+)_wg([0-9a-f]{8})$/;

/** The id that a client is given: the provider's with the key of its provider behind it. */
export function sealId({ id, key }: SealedId): string {
  return `${id}_wg${key}`;
}

/** Reads {@link sealId}'s text; null for an id that this gateway did not give. */
export function openId(text: string): SealedId | null {
  const match = sealed.exec(text);
  return match === null ? null : { id: match[1] ?? '', key: match[2] ?? '' };
}

/** Names a provider in ids, the same over restarts. */
export function keyOf(description: string): string {
  return createHash('sha256').update(description).digest('hex').slice(0, 8);
}
