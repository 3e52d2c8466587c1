import { createHash } from 'node:crypto';

/** A response's id as clients carry it: the provider's own, who made it, and with which model. */
export interface SealedId {
  readonly id: string;
  /** Names the provider. */
  readonly key: string;
  /** The model as the client called it; null: the id does not say. */
  readonly model: VouchedModel | null;
}

/** A model's name and what vouches for it, as base64url. */
export interface VouchedModel {
  readonly name: string;
  readonly tag: string;
}

const sealed = /^(.+)_wg([0-9a-f]{8})(?:\.([\w-]+)\.([\w-]+))?$/;

/** Characters of the longest id that is looked at. */
const LONGEST = 2048;

/** The id that a client is given: the provider's with the key of its provider, and the model, behind it. */
export function sealId({ id, key, model }: SealedId): string {
  const known = model === null ? '' : `.${Buffer.from(model.name).toString('base64url')}.${model.tag}`;
  return `${id}_wg${key}${known}`;
}

/** Reads {@link sealId}'s text; null for an id that this gateway did not give. Nobody has vouched for what it says. */
export function openId(text: string): SealedId | null {
  const match = text.length > LONGEST ? null : sealed.exec(text);
  if (match === null) return null;
  const [, id = '', key = '', name, tag] = match;
  const model =
    name === undefined || tag === undefined ? null : { name: Buffer.from(name, 'base64url').toString('utf8'), tag };
  return { id, key, model };
}

/** Names a provider in ids, the same over restarts. */
export function keyOf(description: string): string {
  return createHash('sha256').update(description).digest('hex').slice(0, 8);
}
