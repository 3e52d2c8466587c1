import { equalBytes, keyedDigest } from '../../../../base/secrets.ts';
import type { SealedId, VouchedModel } from '../../../../llm/operations/responses-store/response-id.ts';
import { KEY_ID_BYTES, type KeyRing } from '../../../../mcp/session/key-ring.ts';

/** Characters of a key's id, and of a digest: 96 bits of HMAC-SHA256. */
const KEY_ID_CHARS = Math.ceil((KEY_ID_BYTES * 8) / 6);
const DIGEST_CHARS = 16;

type Response = Pick<SealedId, 'id' | 'key'>;

/**
 * Vouches for the models that responses were made with, in the ids that clients carry: with a key's id and a keyed digest
 * of response, provider and model, bound to a scope.
 */
export class ResponseModels {
  readonly #keys: KeyRing;
  readonly #scope: string;

  /** @param scope What is vouched for in one scope means nothing in another. */
  constructor(keys: KeyRing, scope: string) {
    this.#keys = keys;
    this.#scope = scope;
  }

  vouch(response: Response, name: string): VouchedModel {
    const { id, key } = this.#keys.current;
    return { name, tag: id.toString('base64url') + this.#digest(key, response, name) };
  }

  /** The model that an id names; null where it names none, or nobody here vouched for it with a key that we still have. */
  modelOf({ id, key: provider, model }: SealedId): string | null {
    if (model === null) return null;
    const { name, tag } = model;
    const key = this.#keys.find(Buffer.from(tag.slice(0, KEY_ID_CHARS), 'base64url'));
    if (key === null) return null;
    const digest = this.#digest(key, { id, key: provider }, name);
    return equalBytes(Buffer.from(tag.slice(KEY_ID_CHARS)), Buffer.from(digest)) ? name : null;
  }

  #digest(key: Uint8Array, { id, key: provider }: Response, name: string): string {
    const text = JSON.stringify(['model of a response', this.#scope, id, provider, name]);
    return keyedDigest(key, text).slice(0, DIGEST_CHARS);
  }
}
